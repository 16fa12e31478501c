import { RE2JS } from "@bufbuild/re2";

const maxPattern = 1_000;

/**
 * Whether a text holds a match of a regular expression (RE2's syntax), or what is wrong with the expression.
 *
 * A match takes time in proportion to the length of the text, whatever the expression: pipelines come from users.
 */
export function matcher(pattern: string): ((text: string) => boolean) | string {
  if (pattern.length > maxPattern) return `longer than ${maxPattern} characters`;
  try {
    const compiled = RE2JS.compile(pattern);
    return (text) => compiled.test(text);
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}
