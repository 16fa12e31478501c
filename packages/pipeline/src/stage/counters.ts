/** What a stage has done since the pipeline was compiled. */
export interface StageStats {
  /** The place of the stage in the YAML. */
  readonly at: string;
  /** `@join`, `@select`, … */
  readonly operation: string;
  /** Rows that it was computed for, again and again as they changed. */
  readonly rowsIn: number;
  /** Rows that came of them. */
  readonly rowsOut: number;
  /** Rows that it could not compute with. */
  readonly faults: number;
}

export class StageCounters {
  readonly #at: string;
  readonly #operation: string;
  #rowsIn = 0;
  #rowsOut = 0;
  #faults = 0;

  constructor(stage: { readonly at: string; readonly kind: string }) {
    this.#at = stage.at;
    this.#operation = `@${stage.kind}`;
  }

  add(rowsIn: number, rowsOut: number): void {
    this.#rowsIn += rowsIn;
    this.#rowsOut += rowsOut;
  }

  fail(): void {
    this.#rowsIn += 1;
    this.#faults += 1;
  }

  read(): StageStats {
    return {
      at: this.#at,
      operation: this.#operation,
      rowsIn: this.#rowsIn,
      rowsOut: this.#rowsOut,
      faults: this.#faults,
    };
  }
}
