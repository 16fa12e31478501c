import type { Explanation } from "./collection.ts";
import type { Key } from "./key.ts";
import type { Node } from "./node.ts";

/** The tree of rows that the row at `key` was computed from; undefined when there is no such row. */
export function explain(node: Node<unknown>, key: Key): Explanation | undefined {
  const row = node.get(key);
  if (row === undefined) return undefined;
  const because = node.operator.because(key).flatMap((cause) => explain(cause.node, cause.key) ?? []);
  return { collection: node.name, key, row, because };
}
