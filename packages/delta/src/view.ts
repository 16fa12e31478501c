import type { Collection, Input } from "./collection.ts";
import type { Graph } from "./graph.ts";

/**
 * A controller as a declaration: named inputs, named outputs, and the operators between them.
 *
 * Contract: pure and total, keyed, order-free, closed (it reads only `from`), and time is data.
 * `I` and `O` give the row type of each input and output by its name.
 */
export interface View<I, O> {
  readonly name: string;
  /** One sentence: what it promises. */
  readonly doc: string;
  readonly inputs: readonly (keyof I & string)[];
  build(from: { readonly [K in keyof I]: Collection<I[K]> }): { readonly [K in keyof O]: Collection<O[K]> };
}

/** A view mounted on a graph: inputs to write, outputs to read. */
export interface Mounted<I, O> {
  readonly inputs: { readonly [K in keyof I]: Input<I[K]> };
  readonly outputs: { readonly [K in keyof O]: Collection<O[K]> };
}

/** Checks a view's declaration, and gives it its types. Throws an Error when an input is declared twice. */
export function defineView<I, O>(view: View<I, O>): View<I, O> {
  if (new Set(view.inputs).size !== view.inputs.length) throw new Error(`view "${view.name}" declares an input twice`);
  return view;
}

/** Builds a view on inputs of its own. To build one on collections that exist already, call its `build` with them. */
export function mount<I, O>(graph: Graph, view: View<I, O>): Mounted<I, O> {
  const made = view.inputs.map((name) => [name, graph.input({ name })] as const);
  const inputs = Object.fromEntries(made) as unknown as Mounted<I, O>["inputs"];
  return { inputs, outputs: view.build(inputs) };
}
