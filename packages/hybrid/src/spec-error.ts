/** A fault in what operators are written like. */
export interface SpecProblem {
  /** The file, when it came from one. */
  readonly file: string | undefined;
  /** Where in it: `spec.controllers[0].pipeline[1]`; "" for all of it. */
  readonly at: string;
  readonly message: string;
}

/** Operators that cannot run as they are written; all that is wrong with them. */
export class SpecError extends Error {
  override readonly name = "SpecError";
  readonly problems: readonly SpecProblem[];

  constructor(problems: readonly SpecProblem[]) {
    super(
      problems
        .map(({ file, at, message }) =>
          [file, at, message].filter((part) => part !== undefined && part !== "").join(": "),
        )
        .join("\n"),
    );
    this.problems = problems;
  }
}
