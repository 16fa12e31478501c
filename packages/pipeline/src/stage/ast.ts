import type { Expression } from "../expression/ast.ts";
import type { Path } from "../jsonpath/path.ts";

/** One operation of a pipeline. `at` is its place in the YAML. */
export type Stage = { readonly at: string } & (
  | { readonly kind: "join"; readonly condition: Expression }
  | { readonly kind: "select"; readonly condition: Expression }
  | { readonly kind: "project"; readonly result: Expression }
  | { readonly kind: "unwind"; readonly path: Path }
  | { readonly kind: "gather"; readonly group: Expression; readonly value: Gathered }
);

/** What a gather collects: what is at a path, or a text of which each object gives one; and where the list goes. */
export type Gathered =
  { readonly from: "path"; readonly path: Path } | { readonly from: "constant"; readonly text: string };

export type LinearStage = Stage & { readonly kind: "select" | "project" | "unwind" };
export type JoinStage = Stage & { readonly kind: "join" };
export type GatherStage = Stage & { readonly kind: "gather" };
