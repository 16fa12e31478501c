/** As much of PromQL as it takes to ask what dashboards of endpoint policies ask: selectors, arithmetic and comparisons on instant vectors. */

/** One series at one instant. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

type Value = number | readonly Sample[];

/** The series of a page in Prometheus's text format. Throws when one is there twice. */
export function samples(page: string): readonly Sample[] {
  const found = page.split("\n").flatMap((line): Sample[] => {
    const [, name = "", labels = "", value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return name === "" ? [] : [{ name, labels: labelsOf(labels), value: Number(value) }];
  });
  const identities = found.map(({ name, labels }) => identity({ ...labels, __name__: name }));
  if (new Set(identities).size < identities.length) throw new Error("a series is there twice");
  return found;
}

function labelsOf(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value] as const);
  return Object.fromEntries(pairs);
}

function identity(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a query gives. Throws of anything that is not known here. */
export function ask(query: string, from: readonly Sample[]): readonly Sample[] {
  const tokens = query.match(/[a-zA-Z_:][\w:]*(?:\{[^}]*\})?|[0-9.]+|[-+*/()]|[<>]=?|[=!]=|\S/g) ?? [];
  let at = 0;
  const levels: readonly (readonly string[])[] = [
    [">", "<", ">=", "<=", "==", "!="],
    ["+", "-"],
    ["*", "/"],
  ];
  const level = (depth: number): Value => {
    const operators = levels[depth];
    if (operators === undefined) return atom();
    let left = level(depth + 1);
    while (operators.includes(tokens[at] ?? "")) left = combine(tokens[at++] ?? "", left, level(depth + 1));
    return left;
  };
  const atom = (): Value => {
    const token = tokens[at++] ?? "";
    if (token === "(") {
      const inner = level(0);
      if (tokens[at++] !== ")") throw new Error(`${query}: a bracket is not closed`);
      return inner;
    }
    if (/^[0-9]/.test(token)) return Number(token);
    const [, name, matchers = ""] = /^([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})?$/.exec(token) ?? [];
    if (name === undefined) throw new Error(`${query}: ${token} is not known`);
    const wanted = Object.entries(labelsOf(matchers));
    return from.filter((one) => one.name === name && wanted.every(([label, value]) => one.labels[label] === value));
  };
  const answer = level(0);
  if (at < tokens.length) throw new Error(`${query}: ${tokens[at] ?? ""} is too much`);
  if (typeof answer === "number") throw new Error(`${query}: a number, not series`);
  return answer;
}

/** Two vectors are matched one to one by all of their labels; what has no partner is left out, as is what a comparison denies. */
function combine(operator: string, left: Value, right: Value): Value {
  if (typeof left === "number") throw new Error("a number on the left is not known");
  const partners =
    typeof right === "number" ? undefined : new Map(right.map((one) => [identity(one.labels), one.value]));
  return left.flatMap(({ name, labels, value }): Sample[] => {
    const other = partners === undefined ? (right as number) : partners.get(identity(labels));
    if (other === undefined) return [];
    const compared = comparisons[operator]?.(value, other);
    if (compared !== undefined) return compared ? [{ name, labels, value }] : [];
    return [{ name: "", labels, value: arithmetic(operator, value, other) }];
  });
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  ">": (a, b) => a > b,
  "<": (a, b) => a < b,
  ">=": (a, b) => a >= b,
  "<=": (a, b) => a <= b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
};

function arithmetic(operator: string, a: number, b: number): number {
  if (operator === "+") return a + b;
  if (operator === "-") return a - b;
  return operator === "*" ? a * b : a / b;
}
