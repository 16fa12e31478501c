import { nameKey, quote, refOf } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import type { Pipelines } from "@headgate/pipeline";

import { UsageError } from "../usage-error.ts";
import { eventsOf, isWanted } from "./objects.ts";
import type { Wanted } from "./objects.ts";

/** Reads `KIND/NAMESPACE/NAME`, or `KIND/NAME` of what is in no namespace. Throws a UsageError. */
export function wantedObject(option: string, argument: string): Wanted {
  const [kind = "", ...names] = argument.split("/");
  if (kind !== "" && (names.length === 1 || names.length === 2) && names.every((name) => name !== ""))
    return { kind, key: names.join("/") };
  throw new UsageError(
    `error: ${option}: ${quote(argument)} names no object; write KIND/NAMESPACE/NAME, such as Service/default/shop`,
  );
}

/**
 * What each stage makes of an object, controller by controller, through views as far as it goes: records to be printed.
 * Throws a UsageError when no source reads such an object.
 */
export function traceRecords(
  pipelines: Pipelines,
  objects: readonly KubeObject[],
  { wanted, placeOf }: { readonly wanted: Wanted; readonly placeOf: (controller: string, at: string) => string },
): readonly unknown[] {
  const found = objects.filter((object) => isWanted(wanted, refOf(object)));
  if (found.length === 0)
    throw new UsageError(`error: --trace: there is no ${wanted.kind} ${wanted.key} among the objects at the end`);
  const feeds = new Set(found.flatMap((object) => eventsOf(pipelines, object, false)).map(({ feed }) => feed));
  const [first] = found;
  if (feeds.size === 0 || first === undefined)
    throw new UsageError(`error: --trace: no source reads ${wanted.kind} ${wanted.key}`);
  const traces = [...feeds].flatMap((feed) => pipelines.trace(feed, nameKey(first.metadata)));
  if (traces.length === 0)
    throw new UsageError(`error: --trace: no source takes ${wanted.kind} ${wanted.key}: a filter leaves it out`);
  return traces.map(({ controller, source, object, stages, target }) => ({
    controller,
    source,
    object,
    stages: stages.map(({ at, operation, rows, faults }) => ({
      operation,
      place: placeOf(controller, at),
      rows,
      ...(faults.length === 0 ? {} : { faults }),
    })),
    target: target.map((row) => row.object),
  }));
}
