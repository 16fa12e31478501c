/** The lines of a Markdown text outside fenced code, with everything else blanked so that line numbers stay right. */
export function prose(text: string): string[] {
  let fence: string | undefined;
  return text.split("\n").map((line) => {
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (mark !== undefined && (fence === undefined || mark.startsWith(fence))) {
      fence = fence === undefined ? mark : undefined;
      return "";
    }
    return fence === undefined ? line : "";
  });
}

export interface Fence {
  readonly language: string;
  readonly text: string;
  /** The line number of the opening mark, from 1. */
  readonly line: number;
}

/** The fenced code blocks of a Markdown text. */
export function fences(text: string): Fence[] {
  const found: Fence[] = [];
  let open: { language: string; line: number; mark: string; lines: string[] } | undefined;
  text.split("\n").forEach((line, index) => {
    const [, mark, language = ""] = /^\s*(```+|~~~+)\s*([\w-]*)/.exec(line) ?? [];
    if (open !== undefined && mark?.startsWith(open.mark) === true) {
      found.push({ language: open.language, text: open.lines.join("\n"), line: open.line });
      open = undefined;
    } else if (open !== undefined) open.lines.push(line);
    else if (mark !== undefined) open = { language, line: index + 1, mark, lines: [] };
  });
  return found;
}

/** The anchors that GitHub gives to a text's headings. */
export function anchors(text: string): Set<string> {
  const seen = new Map<string, number>();
  const found = new Set<string>();
  for (const line of prose(text)) {
    const heading = /^#{1,6}\s+(.*?)\s*#*\s*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-");
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    found.add(times === 0 ? slug : `${slug}-${String(times)}`);
  }
  return found;
}

/** The rows of the first table under a heading, without its head; code marks are taken off unless they are to be kept. */
export function tableRows(text: string, heading: string, marks: { readonly code?: "keep" } = {}): string[][] {
  const lines = prose(text);
  const start = lines.findIndex((line) => line.replace(/^#+\s+/, "") === heading && line.startsWith("#"));
  if (start < 0) throw new Error(`no heading "${heading}"`);
  const table = lines.slice(lines.findIndex((line, index) => index > start && line.startsWith("|")));
  const end = table.findIndex((line) => !line.startsWith("|"));
  return table.slice(2, end < 0 ? undefined : end).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => (marks.code === "keep" ? cell.trim() : cell.trim().replaceAll("`", ""))),
  );
}
