/** How many lines around a difference are shown. */
const context = 2;
/** Beyond so many pairs of lines, texts are shown one after the other instead of side by side. */
const mostPairs = 4_000_000;

/** The lines in which two texts differ, `-` only in the first, `+` only in the second, with some lines around them. */
export function diff(before: string, after: string): readonly string[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  const lines = compared(a, b);
  const shown = new Set<number>();
  for (const [index, line] of lines.entries())
    if (!line.startsWith(" ")) for (let near = index - context; near <= index + context; near++) shown.add(near);
  return lines.flatMap((line, index) => {
    if (shown.has(index)) return [line];
    return shown.has(index - 1) && lines.slice(index).some((_, later) => shown.has(index + later)) ? ["  ..."] : [];
  });
}

function compared(a: readonly string[], b: readonly string[]): readonly string[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const same = (line: string): string => `  ${line}`;
  return [
    ...a.slice(0, start).map(same),
    ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...a.slice(a.length - end).map(same),
  ];
}

/** By the longest common subsequence. */
function middle(a: readonly string[], b: readonly string[]): readonly string[] {
  if (a.length * b.length > mostPairs) return [...a.map((line) => `- ${line}`), ...b.map((line) => `+ ${line}`)];
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(`  ${a[i] ?? ""}`);
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) lines.push(`- ${a[i++] ?? ""}`);
    else lines.push(`+ ${b[j++] ?? ""}`);
  }
  return lines;
}
