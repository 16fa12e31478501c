/** A promise about speed or size, as measured: `value` has to stay on the right side of `limit`. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly limit: Limit;
}

export type Limit = { readonly below: number } | { readonly atLeast: number };

/** The clusters that a bench can be asked to run on; one that needs none takes no notice. */
export const rigs = ["local", "kubernetes"] as const;
export type Rig = (typeof rigs)[number];

/** What a file in `test/bench` exports as `bench`: it measures, may print what else it saw, and returns its bars. */
export type Bench = (rig: Rig) => Promise<readonly Bar[]> | readonly Bar[];

/** Whether the bar is met. A value that is not a number never meets it. */
export function met({ value, limit }: Bar): boolean {
  return "below" in limit ? value < limit.below : value >= limit.atLeast;
}

/** `bar NAME VALUE UNIT LIMIT pass|fail` */
export function line(bar: Bar): string {
  const { name, value, unit, limit } = bar;
  const bound = "below" in limit ? `<${String(limit.below)}` : `>=${String(limit.atLeast)}`;
  return `bar ${name} ${rounded(value)} ${unit} ${bound} ${met(bar) ? "pass" : "fail"}`;
}

/** Three significant digits, plainly: rounding never moves a value across a limit that is stated with fewer. */
function rounded(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : String(value);
}
