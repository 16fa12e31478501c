import { fences } from "./markdown.ts";

export interface Known {
  /** The scripts of package.json. */
  readonly scripts: readonly string[];
  /** The subcommands of `headgate`. */
  readonly subcommands: readonly string[];
}

const shell = new Set(["sh", "bash", "console"]);
/** npm's own commands that documents may name. */
const ofNpm = new Set(["ci", "install", "i"]);

/** Commands in fenced shell blocks that name a script or a subcommand which does not exist. */
export function unknownCommands(text: string, known: Known): string[] {
  return fences(text)
    .filter(({ language }) => shell.has(language))
    .flatMap(({ text: block, line }) =>
      block.split("\n").flatMap((command, index) =>
        command.split(/&&|\|\||;|\|/).flatMap((part) => {
          const why = complaint(part.trim().replace(/^\$\s+/, ""), known);
          return why === undefined ? [] : [`line ${String(line + index + 1)}: ${why}`];
        }),
      ),
    );
}

function complaint(command: string, { scripts, subcommands }: Known): string | undefined {
  const words = command.split(/\s+/).filter((word) => !/^[A-Z_]+=/.test(word));
  const [program, second = "", third = ""] = words;
  if (program === "npm") {
    if (second === "run") return scripts.includes(third) ? undefined : `no script is called ${third}`;
    return second === "start" || second === "test" || ofNpm.has(second)
      ? undefined
      : `npm ${second} is not one of ours`;
  }
  if (program === "npx" && second === "headgate" && third !== "" && !third.startsWith("-"))
    return subcommands.includes(third) ? undefined : `headgate has no command ${third}`;
  return undefined;
}
