/**
 * What kind of fault it is. Those of a pipeline as written come out of compilation; those of an object come with the
 * object that is left out.
 */
export type FaultCode =
  | "parse"
  | "compile"
  | "unknown-op"
  | "arity"
  | "type"
  | "jsonpath"
  | "setter"
  | "bad-selector"
  | "invalid-output"
  | "unencodable-number"
  | "too-large"
  | "unsettled"
  | "no-object";

/** A fault in a pipeline as it is written. */
export interface Problem {
  readonly code: FaultCode;
  /** Where in the YAML: `spec.controllers[1].pipeline[0].@join.@and[0]`. */
  readonly at: string;
  readonly message: string;
}

/** Collects every fault of a text instead of stopping at the first. */
export class Problems {
  readonly #found: Problem[] = [];

  add(code: FaultCode, at: string, message: string): void {
    this.#found.push({ code, at, message });
  }

  get found(): readonly Problem[] {
    return this.#found;
  }
}

/** An object that a pipeline cannot compute with. It is a fault of data, never of the program. */
export class DataFault extends Error {
  override readonly name = "DataFault";
  readonly code: FaultCode;
  /** The expression or stage that could not be computed, as its place in the YAML. */
  readonly at: string;

  constructor(code: FaultCode, at: string, message: string) {
    super(message);
    this.code = code;
    this.at = at;
  }
}

const plain = /^[@$]?[A-Za-z0-9_-]+$/;

/** The place of a field below a place. */
export function below(at: string, key: string | number): string {
  if (typeof key === "number") return `${at}[${key}]`;
  if (!plain.test(key)) return `${at}[${JSON.stringify(key)}]`;
  return at === "" ? key : `${at}.${key}`;
}
