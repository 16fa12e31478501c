import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { anchors, prose } from "./markdown.ts";

const link = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;
const elsewhere = /^[a-z][a-z0-9+.-]*:/i;

/** The links of Markdown files (paths relative to `base`) whose file or anchor does not exist. Links to the web are not followed. */
export function brokenLinks(base: string, files: readonly string[]): string[] {
  return files.flatMap((file) =>
    prose(readFileSync(join(base, file), "utf8")).flatMap((line, index) =>
      [...line.replaceAll(/`[^`]*`/g, (code) => (code.includes("](") ? "" : code)).matchAll(link)].flatMap(
        ([, target = ""]) => {
          const why = complaint(base, file, target);
          return why === undefined ? [] : [`${file}:${String(index + 1)}: ${target}: ${why}`];
        },
      ),
    ),
  );
}

function complaint(base: string, file: string, target: string): string | undefined {
  if (elsewhere.test(target)) return undefined;
  const [path = "", anchor] = target.split("#");
  if (path.startsWith("/")) return "starts at the root of a disk; make it relative";
  const destination = path === "" ? join(base, file) : join(base, dirname(file), path);
  if (relative(base, destination).startsWith("..")) return "leaves the repository";
  if (!existsSync(destination)) return "no such file";
  if (anchor === undefined || anchor === "") return undefined;
  if (!destination.endsWith(".md")) return "an anchor in something that is not Markdown";
  return anchors(readFileSync(destination, "utf8")).has(anchor) ? undefined : "no such heading";
}
