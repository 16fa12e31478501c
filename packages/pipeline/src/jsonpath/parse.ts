import { readFilter } from "./filter.ts";
import type { Path, RootedPath, Segment } from "./path.ts";
import { Scanner } from "./scanner.ts";

/** What a name may be made of without quotes. */
const name = /[A-Za-z0-9_#%:;?^{}~|\u0080-\uffff]+/y;
const integer = /-?\d{1,15}/y;

/** Reads `$…` or `$$…`. Throws a `PathSyntaxError` for a malformed path. */
export function parsePath(text: string): RootedPath {
  const item = text.startsWith("$$");
  const scanner = new Scanner(text, item ? 2 : 1);
  const path = readSegments(scanner, readFilter);
  if (!scanner.done) scanner.fail('".", "[" or the end expected');
  return { item, path };
}

type ReadFilter = typeof readFilter;

/** Reads segments as far as they go. `filter` is an argument because filters hold paths themselves. */
export function readSegments(scanner: Scanner, filter: ReadFilter): Path {
  const segments: Segment[] = [];
  const start = scanner.at;
  while (!scanner.done) {
    if (scanner.take("..")) {
      segments.push({ type: "descent" });
      if (scanner.peek() !== "[") segments.push(named(scanner));
    } else if (scanner.peek() === ".") {
      // `$.` is the root itself, which is how a whole object is copied.
      if (scanner.at === start && scanner.at === scanner.text.length - 1) scanner.at++;
      else {
        scanner.at++;
        segments.push(named(scanner));
      }
    } else if (scanner.take("[")) {
      segments.push(bracketed(scanner, filter));
    } else break;
  }
  return segments;
}

function named(scanner: Scanner): Segment {
  if (scanner.take("*")) return { type: "wildcard" };
  const found = scanner.match(name);
  return found === undefined
    ? scanner.fail('a name expected (other characters go into brackets: $["a-b"])')
    : { type: "child", name: found };
}

function bracketed(scanner: Scanner, filter: ReadFilter): Segment {
  scanner.blanks();
  let segment: Segment;
  if (scanner.take("*")) segment = { type: "wildcard" };
  else if (scanner.take("?")) segment = { type: "filter", test: filter(scanner, readSegments) };
  else segment = membersOrSlice(scanner);
  scanner.blanks();
  scanner.expect("]");
  return segment;
}

function membersOrSlice(scanner: Scanner): Segment {
  const first = scanner.peek() === ":" ? undefined : member(scanner);
  scanner.blanks();
  if (scanner.peek() === ":" && typeof first !== "string") return slice(scanner, first);
  const members = first === undefined ? [] : [first];
  while (scanner.take(",")) {
    scanner.blanks();
    members.push(member(scanner));
    scanner.blanks();
  }
  const [only] = members;
  if (members.length > 1 || only === undefined) return { type: "union", members };
  return typeof only === "string" ? { type: "child", name: only } : { type: "index", index: only };
}

function member(scanner: Scanner): string | number {
  if (scanner.peek() === "'" || scanner.peek() === '"') return scanner.quoted();
  const number = scanner.match(integer);
  return number === undefined ? scanner.fail("a name in quotes, a number, * or ? expected") : Number(number);
}

function slice(scanner: Scanner, start: number | undefined): Segment {
  const optional = (): number | undefined => {
    const found = scanner.match(integer);
    return found === undefined ? undefined : Number(found);
  };
  scanner.expect(":");
  const end = optional();
  const step = scanner.take(":") ? (optional() ?? 1) : 1;
  return {
    type: "slice",
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    step,
  };
}
