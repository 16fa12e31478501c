import { Command, Option } from "commander";

import { quote } from "@headgate/api";
import type { Pipelines } from "@headgate/pipeline";

import { stepsIn } from "../../pipeline/deltas.ts";
import { documentsText, formats } from "../../pipeline/documents.ts";
import type { Format } from "../../pipeline/documents.ts";
import { conflictLine, faultLine } from "../../pipeline/fault-lines.ts";
import { explainLines } from "../../pipeline/explain.ts";
import { objectsIn, unreadKinds } from "../../pipeline/objects.ts";
import type { Wanted } from "../../pipeline/objects.ts";
import { placeIn, readOperatorFiles, soundControllers } from "../../pipeline/operator-file.ts";
import { objectsAtEnd, tell } from "../../pipeline/story.ts";
import { traceRecords, wantedObject } from "../../pipeline/trace.ts";
import { problemLine, readTexts } from "../../render/index.ts";
import { UsageError } from "../../usage-error.ts";
import { yamlSource } from "../../yaml-documents.ts";
import type { YamlSource } from "../../yaml-documents.ts";
import { say } from "./said.ts";
import type { Said } from "./said.ts";
import { withOperatorOptions, withPaths } from "./options.ts";
import type { OperatorOptions } from "./options.ts";

/** The options of `headgate pipeline run`. */
export interface RunOptions extends OperatorOptions {
  readonly input?: readonly string[];
  readonly deltas?: readonly string[];
  readonly now?: string;
  readonly output: Format;
  readonly views: boolean;
  readonly trace?: string;
  readonly explain?: string;
}

/** The exit code when some objects were left out at the end. */
const leftOut = 2;

/** `headgate pipeline run`: objects in, deltas out; exit code 2 when objects were left out because of faults in them. */
export function runCommand(): Command {
  const command = new Command("run").description("say, without a cluster, what pipelines make of objects");
  withOperatorOptions(command);
  withPaths(command, "--input <path>", "objects: a file, a folder, or - for standard input");
  withPaths(command, "--deltas <path>", "what happens then: documents {type, object}, or lists of them");
  return command
    .option("--now <time>", "what @now is, such as 2026-01-31T12:00:00Z (default: the time it is)")
    .option("--trace <object>", "print instead each stage's rows for one object, KIND/NAMESPACE/NAME")
    .option(
      "--explain <object>",
      "say instead why an object is wanted at the end, or what comes of it; KIND/NAMESPACE/NAME",
    )
    .option("--no-views", "leave out what is made for views")
    .addOption(
      new Option("-o, --output <format>", "YAML documents, or a line of JSON for each")
        .choices(formats)
        .default("yaml"),
    )
    .action(async (options: RunOptions) => {
      say(await runPipelines(options));
    });
}

/** What `headgate pipeline run` says. Throws a UsageError for what cannot be read. */
export async function runPipelines(options: RunOptions): Promise<Said> {
  const wanted = options.trace === undefined ? undefined : wantedObject("--trace", options.trace);
  const asked = options.explain === undefined ? undefined : wantedObject("--explain", options.explain);
  if (wanted !== undefined && asked !== undefined)
    throw new UsageError("error: --trace and --explain print something else each: give one of them");
  const now = timeOf(options.now);
  const operators = await readOperatorFiles(options.filename ?? [], options.operator);
  const controllers = soundControllers(operators);
  const given = objectsIn(await sourcesOf(options.input));
  const { steps, faults } = stepsIn(await sourcesOf(options.deltas));
  if (given.faults.length + faults.length > 0) throw new UsageError([...given.faults, ...faults].join("\n"));

  const told = tell({ controllers, objects: given.objects, steps, now });
  const { pipelines } = told;
  const inController = (controller: string, at: string): string => placeIn(operators, controller, at);
  const views = new Set(controllers.filter(({ target }) => target.resource.view).map(({ id }) => id));
  const records =
    wanted === undefined
      ? told.deltas.filter(({ controller }) => options.views || !views.has(controller))
      : traceRecords(pipelines, objectsAtEnd({ objects: given.objects, steps }), { wanted, placeOf: inController });
  const all = [...given.objects, ...steps.flat().map(({ object }) => object)];
  const err = [
    ...unreadKinds(pipelines, all).map((line) => `note: ${line}`),
    ...pipelines.cycles.map(({ through, controllers: circle }) => circleText(through, circle)),
    ...pipelines.conflicts().map((conflict) => `warning: ${conflictLine(conflict)}`),
    ...told.faults.map((fault) => faultLine(pipelines, fault, { objects: given.places, inController })),
  ];
  const out = asked === undefined ? documentsText(records, options.output) : explained(pipelines, asked);
  return { out, err, code: pipelines.faults().length > 0 ? leftOut : 0 };
}

function explained(pipelines: Pipelines, asked: Wanted): string {
  const lines = explainLines(pipelines, asked);
  if (lines.length === 0)
    throw new UsageError(`error: --explain: ${asked.kind} ${asked.key} is neither wanted by these pipelines nor read`);
  return `${lines.join("\n")}\n`;
}

function circleText(through: "views" | "cluster", circle: readonly string[]): string {
  const all = circle.length === 1 ? `${circle.join("")} reads what it writes` : `${circle.join(", ")} feed each other`;
  return through === "views"
    ? `note: ${all} through views, round by round until they come to rest`
    : `note: ${all} through the cluster, which a dry run does not follow`;
}

function timeOf(text: string | undefined): string {
  const time = text === undefined ? new Date() : new Date(text);
  if (Number.isNaN(time.getTime()))
    throw new UsageError(`error: --now: ${quote(text)} is no time; write 2026-01-31T12:00:00Z`);
  return `${time.toISOString().slice(0, 19)}Z`;
}

async function sourcesOf(paths: readonly string[] | undefined): Promise<readonly YamlSource[]> {
  const { texts, problems } = await readTexts(paths ?? []);
  if (problems.length > 0) throw new UsageError(problems.map(problemLine).join("\n"));
  return texts.map(yamlSource);
}
