import type { Json } from "@headgate/api";

/** One step of a path. */
export type Segment =
  | { readonly type: "child"; readonly name: string }
  | { readonly type: "index"; readonly index: number }
  | { readonly type: "slice"; readonly start?: number; readonly end?: number; readonly step: number }
  | { readonly type: "wildcard" }
  | { readonly type: "descent" }
  | { readonly type: "union"; readonly members: readonly (string | number)[] }
  | { readonly type: "filter"; readonly test: Test };

/** Whether a member of a list or map is meant. `root` is what `$` stands for. */
export type Test = (member: Json, root: Json) => boolean;

export type Path = readonly Segment[];

/** A path as it is written in a pipeline: a text that begins with `$`, or with `$$` for the item of a list operator. */
export interface RootedPath {
  readonly item: boolean;
  readonly path: Path;
}
