import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../root.ts";

const program = "packages/cli/bin/headgate.mjs";

/** Whether the `headgate` command exists in this state of the repository. */
export function commandExists(): boolean {
  return existsSync(join(root, program)) && readFileSync(join(root, program), "utf8").split("\n").length > 2;
}

/** What `headgate ARGS --help` prints, at a fixed width and without colour. */
export function helpText(args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, program), ...args, "--help"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, COLUMNS: "100", NO_COLOR: "1" },
  });
  if (status !== 0) throw new Error(`headgate ${args.join(" ")} --help ended with ${String(status)}: ${stderr}`);
  return stdout.trimEnd();
}

/** The subcommands that a help text lists. */
export function listedCommands(help: string): string[] {
  const [, section = ""] = help.split(/^Commands:$/m);
  return [...section.matchAll(/^ {2}([a-z][a-z-]*)/gm)].flatMap(([, name]) =>
    name === undefined || name === "help" ? [] : [name],
  );
}
