import { refOf } from "../object.ts";
import type { Json, KubeObject, ObjectRef } from "../object.ts";
import type { Parsed } from "../refusal.ts";
import { faultText, schemaFaults, withDefaults } from "../schema/index.ts";
import { operatorFinalizer } from "./names.ts";
import { operatorSpec } from "./schema.ts";

/** An Operator whose controllers have the right form; what is inside of their pipelines and predicates nobody has looked at. */
export interface OperatorResource {
  readonly operator: ObjectRef & { readonly uid: string };
  readonly created: string;
  readonly generation: number;
  /** Deletion has begun. */
  readonly deleting: boolean;
  /** It bears our finalizer. */
  readonly held: boolean;
  /** Defaults filled in. */
  readonly spec: { readonly controllers: readonly ControllerSpec[] };
}

export interface ControllerSpec {
  readonly name: string;
  readonly [field: string]: Json;
}

/** Reads an Operator, reporting every fault of form at once, each with its field. Never throws. */
export function parseOperatorResource(object: KubeObject): Parsed<OperatorResource> {
  const { uid = "", creationTimestamp = "", deletionTimestamp, finalizers = [], generation = 0 } = object.metadata;
  const spec = withDefaults(operatorSpec, object.spec);
  const [first, ...more] = schemaFaults(operatorSpec, spec, "spec").map((fault) => ({
    reason: "ValidationFailed",
    field: fault.field,
    message: faultText(fault),
  }));
  if (first !== undefined) return { ok: false, refusals: [first, ...more] };
  return {
    ok: true,
    value: {
      operator: { ...refOf(object), uid },
      created: creationTimestamp,
      generation,
      deleting: deletionTimestamp !== undefined,
      held: finalizers.includes(operatorFinalizer),
      spec: spec as OperatorResource["spec"],
    },
  };
}
