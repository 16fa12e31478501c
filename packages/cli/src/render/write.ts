import { identityKey, nameKey, refOf } from "@headgate/api";
import type { KubeObject, ObjectRef } from "@headgate/api";
import { yamlText } from "@headgate/pipeline";
import type { Rendered } from "./render.ts";

/** The desired objects and statuses as text: YAML documents, or one JSON List. The same for the same input. */
export function renderedText(rendered: Rendered, format: "yaml" | "json"): string {
  const items = withStatuses(rendered);
  if (format === "json") return `${JSON.stringify({ apiVersion: "v1", kind: "List", items }, null, 2)}\n`;
  return items.map((item) => yamlText(item)).join("---\n");
}

/** One line for each refusal, with its place when it is known: what standard error says. */
export function refusalLines(
  { refusals }: Rendered,
  placeOf: (ref: ObjectRef, field?: string) => string | undefined,
): readonly string[] {
  return refusals.map(({ about, refusal }) => {
    const place = placeOf(about, refusal.field);
    const what = `${about.kind} ${nameKey(about)} refused, ${refusal.reason}: ${refusal.message}`;
    return place === undefined ? what : `${place}: ${what}`;
  });
}

/** What is made and what is given and gets another status: each object whole, so that all of it can be applied. */
function withStatuses({ given, objects, statuses }: Rendered): readonly KubeObject[] {
  const statusOf = new Map(statuses.map(({ target, status }) => [identityKey(target), status]));
  const made = objects.map((object): KubeObject => {
    const key = identityKey(refOf(object));
    const status = statusOf.get(key);
    statusOf.delete(key);
    return status === undefined ? object : { ...object, status };
  });
  const others = statuses
    .filter(({ target }) => statusOf.has(identityKey(target)))
    .flatMap(({ target, status }) => {
      const object = given.find((one) => identityKey(refOf(one)) === identityKey(target));
      return object === undefined
        ? []
        : [{ ...object, status: { ...(object["status"] as object | undefined), ...status } }];
    });
  return [...made, ...others];
}
