import type { Surroundings } from "../expression/evaluate.ts";
import type { FaultCode } from "../problem.ts";
import { Quarantined, quarantining } from "../stage/segment.ts";
import type { Doc } from "../value.ts";
import { outputOf } from "./mount.ts";
import type { MountedController, Stretch } from "./mount.ts";

/** The rows that came of one object, stage by stage. */
export interface ControllerTrace {
  readonly controller: string;
  /** The name of the source that the object came in by, and the object. */
  readonly source: string;
  readonly object: Doc;
  readonly stages: readonly StageTrace[];
  /** The objects for the target that it has a part in. */
  readonly target: readonly { readonly key: string; readonly object: Doc }[];
}

export interface StageTrace {
  /** The place of the stage in the YAML. */
  readonly at: string;
  readonly operation: string;
  readonly rows: readonly Doc[];
  /** Why the rest of its rows is missing. */
  readonly faults: readonly { readonly code: FaultCode; readonly at: string; readonly message: string }[];
}

/** Computes once more, and writes down, what a controller makes of an object. Cost: with a join, all rows of the join. */
export function traceObject(
  mounted: MountedController,
  { source, object }: { readonly source: string; readonly object: Doc },
  around: Surroundings,
): ControllerTrace {
  const { controller, stretches } = mounted;
  const log = new TraceLog();
  const [join] = controller.stages;
  let rows: readonly Doc[] = [object];
  if (join?.kind === "join") {
    rows = [...(stretches[0]?.rows.entries() ?? [])].flatMap(([, row]) =>
      !(row instanceof Quarantined) && row[source] === object ? [row] : [],
    );
    log.rows(join, rows);
  }
  const target: { readonly key: string; readonly object: Doc }[] = [];
  for (const stretch of stretches) {
    const out = throughStretch(stretch, rows, { around, log });
    if (stretch.gather !== undefined) rows = groupsOf(stretch, stretch.gather, { rows: out, around, log });
    else
      for (const row of out) {
        const output = quarantining(controller.at, () => outputOf(controller, row));
        if (output instanceof Quarantined) log.fault({ at: `${controller.at}.target`, kind: "target" }, output);
        else target.push(output);
      }
  }
  return { controller: controller.id, source, object, stages: log.stages, target };
}

interface Tracing {
  readonly around: Surroundings;
  readonly log: TraceLog;
}

function throughStretch({ segment }: Stretch, rows: readonly Doc[], { around, log }: Tracing): readonly Doc[] {
  for (const stage of segment.stages) log.rows(stage, []);
  return rows.flatMap((row) => {
    const out = segment.run(row, around, (stage, made) => {
      log.rows(stage, made);
    });
    if (!(out instanceof Quarantined)) return out;
    const stage = segment.stages.find(({ at }) => out.fault.at.startsWith(at));
    if (stage !== undefined) log.fault(stage, out);
    return [];
  });
}

function groupsOf(
  { groups }: Stretch,
  gather: NonNullable<Stretch["gather"]>,
  { rows, around, log }: Tracing & { readonly rows: readonly Doc[] },
): readonly Doc[] {
  const keys = new Set<string>();
  for (const row of rows) {
    const member = quarantining(gather.stage.at, () => gather.member(row, around));
    if (member instanceof Quarantined) log.fault(gather.stage, member);
    else if (member !== undefined) keys.add(member.group);
  }
  const gathered = [...keys].flatMap((key) => {
    const group = groups?.get(key);
    if (group instanceof Quarantined) log.fault(gather.stage, group);
    return group === undefined || group instanceof Quarantined ? [] : [group];
  });
  log.rows(gather.stage, gathered);
  return gathered;
}

class TraceLog {
  readonly #stages = new Map<
    string,
    StageTrace & { rows: Doc[]; faults: { code: FaultCode; at: string; message: string }[] }
  >();

  get stages(): readonly StageTrace[] {
    return [...this.#stages.values()];
  }

  rows(stage: { readonly at: string; readonly kind: string }, rows: readonly Doc[]): void {
    this.#stage(stage).rows.push(...rows);
  }

  fault(stage: { readonly at: string; readonly kind: string }, { fault: { code, at, message } }: Quarantined): void {
    this.#stage(stage).faults.push({ code, at, message });
  }

  #stage({ at, kind }: { readonly at: string; readonly kind: string }): {
    rows: Doc[];
    faults: { code: FaultCode; at: string; message: string }[];
  } {
    const known = this.#stages.get(at);
    if (known !== undefined) return known;
    const stage = { at, operation: `@${kind}`, rows: [], faults: [] };
    this.#stages.set(at, stage);
    return stage;
  }
}
