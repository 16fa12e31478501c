import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";

/** The last stage of a Dockerfile, with its files under a folder instead of the root of a disk. */
export interface Image {
  readonly root: string;
  readonly user: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
}

interface Stage {
  readonly root: string;
  workdir: string;
  user: string;
  entrypoint: readonly string[];
  readonly environment: Record<string, string>;
}

export interface Build {
  /** The folder that files are copied from. */
  readonly context: string;
  /** An empty folder; each stage is built in one below it. */
  readonly into: string;
  /** For what RUN runs, besides the stage's own. */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Carries out a Dockerfile without a container engine: files are copied, and what RUN says is run, in folders.
 * What a base image holds is taken from this machine, so commands must name no absolute path.
 *
 * @throws Error at an instruction that it doesn't know, and with the output of a command that fails.
 */
export function assemble(dockerfile: string, build: Build): Image {
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const line of instructions(readFileSync(dockerfile, "utf8"))) {
    const [, instruction = "", rest = ""] = /^([A-Z]+)\s+(.*)$/s.exec(line) ?? [];
    if (instruction === "FROM") {
      stage = begin(rest, build, stages);
      continue;
    }
    if (stage === undefined) throw new Error(`${line}: before any FROM`);
    carryOut(stage, { instruction, rest }, { build, stages });
  }
  if (stage === undefined) throw new Error(`${dockerfile} has no FROM`);
  return stage;
}

function instructions(text: string): readonly string[] {
  const joined = text.replaceAll(/\\\n/g, " ").split("\n");
  return joined.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
}

function begin(rest: string, { into }: Build, stages: Map<string, Stage>): Stage {
  const name = / AS (\S+)$/i.exec(rest)?.[1] ?? String(stages.size);
  const root = join(into, name);
  mkdirSync(root);
  const stage: Stage = { root, workdir: "/", user: "0", entrypoint: [], environment: {} };
  stages.set(name, stage);
  return stage;
}

function carryOut(
  stage: Stage,
  { instruction, rest }: { readonly instruction: string; readonly rest: string },
  { build, stages }: { readonly build: Build; readonly stages: ReadonlyMap<string, Stage> },
): void {
  switch (instruction) {
    case "WORKDIR":
      stage.workdir = rest;
      mkdirSync(join(stage.root, rest), { recursive: true });
      return;
    case "ENV": {
      const [name = "", value = ""] = rest.split("=");
      stage.environment[name] = value;
      return;
    }
    case "USER":
      stage.user = rest;
      return;
    case "ENTRYPOINT":
      stage.entrypoint = JSON.parse(rest) as string[];
      return;
    case "COPY": {
      const from = /^--from=(\S+)\s+/.exec(rest);
      const source = from?.[1] === undefined ? build.context : stages.get(from[1])?.root;
      if (source === undefined) throw new Error(`COPY ${rest}: there is no such stage`);
      copy(source, join(stage.root, stage.workdir), rest.slice(from?.[0].length ?? 0).split(/\s+/));
      return;
    }
    case "RUN": {
      const { status, stdout, stderr } = spawnSync("sh", ["-c", rest], {
        cwd: join(stage.root, stage.workdir),
        env: { ...build.environment, ...stage.environment },
        encoding: "utf8",
      });
      if (status !== 0) throw new Error(`RUN ${rest}\n${stdout}${stderr}`);
      return;
    }
    default:
      throw new Error(`${instruction} is not an instruction that is known here`);
  }
}

/** As COPY does it: of a folder the content, of a file the file, into what ends with a slash. */
function copy(from: string, workdir: string, words: readonly string[]): void {
  const target = words.at(-1) ?? "";
  for (const word of words.slice(0, -1)) {
    const source = join(from, word);
    const isFile = statSync(source).isFile();
    const to = join(workdir, target, isFile && target.endsWith("/") ? basename(word) : "");
    cpSync(source, to, { recursive: true, verbatimSymlinks: true });
  }
}
