import type { Expression } from "../expression/ast.ts";
import { walk } from "../expression/ast.ts";

/** What an expression is computed from: the sources whose objects it reads, and whether time or chance come in. */
export interface Dependence {
  readonly sources: ReadonlySet<string>;
  readonly volatile: boolean;
}

/** What a condition of a join demands: that two sources agree in something, or anything else. */
export interface Conjuncts {
  readonly equalities: readonly Equality[];
  readonly others: readonly Other[];
}

export interface Equality {
  readonly left: Side;
  readonly right: Side;
}

export interface Side {
  readonly source: string;
  readonly expression: Expression;
}

export interface Other {
  readonly expression: Expression;
  readonly sources: ReadonlySet<string>;
}

/** Takes a condition apart at its `@and`s, and finds the `@eq`s by which objects can be looked up. */
export function conjuncts(condition: Expression, sources: readonly string[]): Conjuncts {
  const equalities: Equality[] = [];
  const others: Other[] = [];
  const visit = (expression: Expression): void => {
    if (expression.kind === "call" && expression.name === "@and") {
      for (const part of expression.arguments) visit(part);
      return;
    }
    if (expression.kind === "literal" && expression.value === true) return;
    const equality = equalityOf(expression, sources);
    if (equality !== undefined) equalities.push(equality);
    else others.push({ expression, sources: dependence(expression, sources).sources });
  };
  visit(condition);
  return { equalities, others };
}

function equalityOf(expression: Expression, sources: readonly string[]): Equality | undefined {
  if (expression.kind !== "call" || expression.name !== "@eq") return undefined;
  const [left, right] = expression.arguments.map((side) => sideOf(side, sources));
  return left === undefined || right === undefined || left.source === right.source ? undefined : { left, right };
}

function sideOf(expression: Expression, sources: readonly string[]): Side | undefined {
  const { sources: read, volatile } = dependence(expression, sources);
  const [source] = read;
  return source === undefined || read.size > 1 || volatile ? undefined : { source, expression };
}

function dependence(expression: Expression, sources: readonly string[]): Dependence {
  const read = new Set<string>();
  let volatile = false;
  walk(expression, (part) => {
    if (
      part.kind === "now" ||
      (part.kind === "call" && part.name === "@rnd") ||
      (part.kind === "apply" && part.name === "@rnd")
    )
      volatile = true;
    if (part.kind !== "path" || part.item) return;
    const [first] = part.path;
    // A filter may look anywhere, and so may a path that does not begin with a name.
    const everywhere = first?.type !== "child" || part.path.some(({ type }) => type === "filter");
    if (everywhere) for (const source of sources) read.add(source);
    else if (sources.includes(first.name)) read.add(first.name);
  });
  return { sources: read, volatile };
}
