import { RE2JS } from "@bufbuild/re2";

/** Tells whether a text has a match anywhere, with RE2's syntax and in time linear in the text's length. */
export type Pattern = (text: string) => boolean;

const known = new Map<string, Pattern>();
const limit = 2000;

/** The matcher of an RE2 pattern. Throws when the pattern is not one. */
export function re2(source: string): Pattern {
  const found = known.get(source);
  if (found !== undefined) return found;
  const compiled = RE2JS.compile(source);
  const pattern: Pattern = (text) => compiled.test(text);
  if (known.size >= limit) known.clear();
  known.set(source, pattern);
  return pattern;
}
