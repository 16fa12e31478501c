import type { Status } from "../status-lines.ts";

/** What is always the same on the screen. */
export interface Heading {
  /** Where everything is. */
  readonly facts: readonly string[];
  /** Lines to try; the last of them are the first to go when there is no room. */
  readonly tryOut: readonly string[];
}

/** A blank line, the heading, one line, and how many more there would be. */
const leastToTry = 4;

const footer = ["", "Ctrl-C stops everything."];

/**
 * One page that fits a terminal. When there is no room for all of it, what to try is cut first, and left out when little of it
 * would be left; then the pods and, down to half of the room that is left, the warnings are cut. What is cut says so. Long lines go
 * on in the next one.
 */
export function page(heading: Heading, status: Status, size: { rows: number; columns: number }): readonly string[] {
  const wrapped = (lines: readonly string[]): readonly string[] => lines.flatMap((line) => wrap(line, size.columns));
  const top = wrapped(heading.facts);
  const pods = block(wrapped(status.pods));
  const warnings = block(status.warnings.length === 0 ? [] : ["Warnings", ...wrapped(status.warnings)]);
  const rest = [...block([status.summary]), ...pods, ...warnings, ...footer];
  const tryOut = block(wrapped(heading.tryOut));
  const clipped = (lines: readonly string[]): readonly string[] =>
    lines.slice(0, size.rows).map((line) => line.slice(0, size.columns));
  const room = size.rows - top.length - rest.length;
  if (room >= Math.min(tryOut.length, leastToTry)) return clipped([...top, ...cut(tryOut, room), ...rest]);
  const left = Math.max(0, size.rows - top.length - 2 - footer.length);
  const forWarnings = Math.min(warnings.length, Math.max(left - pods.length, Math.floor(left / 2)));
  const shown = [...cut(pods, left - forWarnings), ...cut(warnings, forWarnings)];
  return clipped([...top, ...block([status.summary]), ...shown, ...footer]);
}

function block(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", ...lines];
}

function cut(lines: readonly string[], room: number): readonly string[] {
  if (lines.length <= room) return lines;
  return room <= 0 ? [] : [...lines.slice(0, room - 1), `  … and ${String(lines.length - room + 1)} more`];
}

/** The line in pieces of at most `columns`, broken at spaces where there are some. */
function wrap(line: string, columns: number): readonly string[] {
  const pieces: string[] = [];
  let rest = line;
  while (rest.length > columns) {
    const space = rest.lastIndexOf(" ", columns);
    const end = space > columns / 2 ? space : columns;
    pieces.push(rest.slice(0, end));
    rest = `    ${rest.slice(end).trimStart()}`;
    if (columns < 10) break;
  }
  return [...pieces, rest.slice(0, columns)];
}
