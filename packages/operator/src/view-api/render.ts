import type { KubeObject } from "@headgate/api";

import { ApiFailure, badRequest } from "./failure.ts";
import type { ViewKind } from "./kinds.ts";
import { partial, tableOf } from "./table.ts";
import type { Included } from "./table.ts";

/** How a client wants to have objects. */
export interface Rendering {
  readonly as: "object" | "table" | "partial";
  readonly include: Included;
}

const json: ReadonlySet<string> = new Set(["application/json", "application/*", "*/*"]);
const forms: ReadonlyMap<string, Rendering["as"]> = new Map([
  ["Table", "table"],
  ["PartialObjectMetadata", "partial"],
  ["PartialObjectMetadataList", "partial"],
]);

/** A media type with its parameters. */
export function acceptedTypes(accept: string | undefined): readonly ReadonlyMap<string, string>[] {
  const all = accept === undefined || accept.trim() === "" ? "*/*" : accept;
  return all.split(",").map((one) => {
    const [type = "", ...parameters] = one.split(";").map((part) => part.trim());
    const pairs = parameters.map((part): [string, string] => {
      const at = part.indexOf("=");
      return [part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()];
    });
    return new Map([["", type.toLowerCase()], ...pairs]);
  });
}

/** The first of the accepted forms that there is. Throws 406 when there is none. */
export function renderingOf(accept: string | undefined, query: URLSearchParams): Rendering {
  const asked = query.get("includeObject") ?? "";
  const include = asked === "" ? "Metadata" : asked;
  if (include !== "None" && include !== "Metadata" && include !== "Object") {
    throw badRequest(`unrecognized includeObject value: ${JSON.stringify(asked.slice(0, 40))}`);
  }
  for (const type of acceptedTypes(accept)) {
    if (!json.has(type.get("") ?? "")) continue;
    const form = type.get("as");
    if (form === undefined) return { as: "object", include };
    const as = forms.get(form);
    if (as !== undefined && type.get("g") === "meta.k8s.io" && type.get("v") === "v1") return { as, include };
  }
  throw new ApiFailure(
    406,
    "views are told as application/json, also as=Table and as=PartialObjectMetadata of meta.k8s.io/v1",
  );
}

/** One object, as it is answered or watched. */
export function renderedObject(object: KubeObject, { as, include }: Rendering): object {
  if (as === "table") return tableOf([object], include, { resourceVersion: object.metadata.resourceVersion });
  return as === "partial" ? partial(object) : object;
}

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export function renderedList(
  objects: readonly KubeObject[],
  metadata: ListMeta,
  { kind, rendering: { as, include } }: { readonly kind: ViewKind; readonly rendering: Rendering },
): object {
  if (as === "table") return tableOf(objects, include, metadata);
  if (as === "partial") {
    const items = objects.map(partial);
    return { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", metadata, items };
  }
  return { apiVersion: `${kind.group}/${kind.version}`, kind: `${kind.kind}List`, metadata, items: objects };
}

/** Says up to where all was told. */
export function renderedBookmark(
  kind: ViewKind,
  metadata: { readonly resourceVersion: string; readonly annotations?: Readonly<Record<string, string>> },
  { as }: Rendering,
): object {
  if (as === "table") return { ...tableOf([], "None", { resourceVersion: metadata.resourceVersion }), rows: [] };
  const type =
    as === "partial"
      ? { apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata" }
      : { apiVersion: `${kind.group}/${kind.version}`, kind: kind.kind };
  return { ...type, metadata };
}
