import { Command } from "commander";

import { identityKey, nameKey, quote, refOf } from "@headgate/api";
import type { ObjectRef } from "@headgate/api";
import type { Explanation } from "@headgate/delta";
import { load, pipeline } from "@headgate/operator";
import type { Pipeline } from "@headgate/operator";

import { explainLines } from "../pipeline/explain.ts";
import { UsageError } from "../usage-error.ts";
import { withClusterOptions } from "./cluster-options.ts";
import { explainedPipelines } from "./explained-pipelines.ts";
import { objectsFrom, withFileOption } from "./object-source.ts";
import type { ObjectOptions } from "./object-source.ts";
import { podRouteSettings, withPodRouteOptions } from "./pod-route-options.ts";
import type { PodRouteOptions } from "./pod-route-options.ts";

/** `headgate explain`: why an object exists, or what becomes of one. */
export function explainCommand(): Command {
  const command = new Command("explain")
    .description("say why an object exists, or what comes of one and why not")
    .argument("<object>", "KIND/NAMESPACE/NAME, such as HTTPRoute/default/my-pod or Pod/default/my-pod");
  withPodRouteOptions(withClusterOptions(withFileOption(command)));
  return command.action(run);
}

async function run(argument: string, options: ObjectOptions & PodRouteOptions): Promise<void> {
  const wanted = parseObject(argument);
  const decided = pipeline(podRouteSettings(options), { endpointPolicies: true });
  const { objects, sources } = await objectsFrom(options, decided);
  load({ ...decided, sources }, objects);
  const { pipelines, notes } = await explainedPipelines(options, objects);
  const { kind, namespace, name } = wanted;
  const ofPipelines = explainLines(pipelines, { kind, key: nameKey({ namespace, name }) });
  const lines = [...asChild(decided, wanted), ...asOwner(decided, wanted), ...ofPipelines];
  if (lines.length === 0) {
    const nothing = `${argument} is neither wanted nor asked for by anything that Headgate sees`;
    throw new UsageError([nothing, ...notes].join("\n"));
  }
  if (notes.length > 0) process.stderr.write(`${notes.join("\n")}\n`);
  process.stdout.write(`${lines.join("\n")}\n`);
}

interface Wanted {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

function parseObject(argument: string): Wanted {
  const [kind, namespace, name, ...rest] = argument.split("/");
  if (kind && namespace && name && rest.length === 0) return { kind, namespace, name };
  throw new UsageError(
    `error: ${quote(argument)} names no object; write KIND/NAMESPACE/NAME, such as Pod/default/my-pod`,
  );
}

function isWanted(ref: ObjectRef, { kind, namespace, name }: Wanted): boolean {
  return ref.kind.toLowerCase() === kind.toLowerCase() && ref.namespace === namespace && ref.name === name;
}

/** The object as something that a controller makes. */
function asChild(decided: Pipeline, wanted: Wanted): readonly string[] {
  const { graph, desired } = decided;
  const lines: string[] = [];
  for (const [key, { controller, owner, object }] of desired.entries()) {
    const ref = refOf(object);
    if (!isWanted(ref, wanted)) continue;
    lines.push(`${show(ref)} is wanted by ${controller} on behalf of ${show(owner)}`);
    lines.push(`  ${standing(decided, ref)}`);
    const explanation = graph.explain(desired, key);
    if (explanation !== undefined) lines.push("  because of", ...tree(explanation.because, "    "));
  }
  return lines;
}

/** What has become of the wish for an object. */
function standing({ actions, sources }: Pipeline, ref: ObjectRef): string {
  const key = identityKey(ref);
  const exists = sources.some(({ input }) => input.get(key) !== undefined);
  const next = actions.get(key);
  if (!exists)
    return next === undefined
      ? "does not exist, and waits for what it builds on"
      : "does not exist: next, it is created";
  if (next === undefined) return "exists as it is wanted";
  return next.do === "delete" ? "exists, and is deleted next" : "exists, but differs: next, it is changed";
}

/** The object as something on whose behalf objects are made, or not. */
function asOwner({ desired, refusals, notices }: Pipeline, wanted: Wanted): readonly string[] {
  const made = [...desired.entries()].filter(([, { owner }]) => isWanted(owner, wanted));
  const refused = [...refusals.entries()].filter(([, { about }]) => isWanted(about, wanted));
  const said = [...notices.entries()].filter(([, { about }]) => isWanted(about, wanted));
  const [first] = [...made.map(([, { owner }]) => owner), ...refused.concat().map(([, { about }]) => about)];
  const about = first ?? said[0]?.[1].about;
  if (about === undefined) return [];
  return [
    `${show(about)} asks for`,
    ...(made.length === 0 ? ["  nothing"] : made.map(([, { object }]) => `  ${show(refOf(object))}`)),
    ...refused.map(([, { refusal }]) => `  refused (${refusal.reason}): ${refusal.message}`),
    ...said
      .filter(([, { message }]) => !refused.some(([, { refusal }]) => refusal.message === message))
      .map(([, { reason, message }]) => `  ${reason}: ${message}`),
  ];
}

function tree(explanations: readonly Explanation[], indent: string): readonly string[] {
  return explanations.flatMap(({ collection, key, because }) => [
    `${indent}${because.length === 0 ? `${collection} ${key}` : collection}`,
    ...tree(because, `${indent}  `),
  ]);
}

function show({ kind, namespace, name }: ObjectRef): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
