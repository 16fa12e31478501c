import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../root.ts";

const program = join(root, "packages/cli/src/main.ts");

/** Whether the `headgate` command exists in this state of the repository. */
export function commandExists(): boolean {
  return existsSync(program);
}

/** What `headgate ARGS --help` prints, at a fixed width and without colour. */
export function helpText(args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=@headgate/source", program, ...args, "--help"],
    { cwd: root, encoding: "utf8", env: { ...process.env, COLUMNS: "100", NO_COLOR: "1" } },
  );
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

/** The reference page of the command: what each subcommand's `--help` prints, and nothing that it doesn't. */
export function commandReference(helpOf: (args: readonly string[]) => string): string {
  const section = (args: readonly string[]): string[] => {
    const help = helpOf(args);
    const title = ["headgate", ...args].join(" ");
    const below = listedCommands(help).flatMap((name) => section([...args, name]));
    return [`## ${title}`, "", "```text", help, "```", "", ...below];
  };
  return [
    "# The headgate command",
    "",
    "In a clone, `npx headgate` runs it under the Node that the project pins. This page is what `--help` prints; `npm run golden` writes it.",
    "",
    ...section([]),
  ].join("\n");
}
