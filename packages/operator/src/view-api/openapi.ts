import { createHash } from "node:crypto";

import type { ViewKind } from "./kinds.ts";

const text = (description: string): object => ({ type: "string", description });
const texts = (description: string): object => ({
  type: "object",
  description,
  additionalProperties: { type: "string", default: "" },
});

const metaName = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const meta = {
  type: "object",
  description: "What tells the object apart, and what stands on it.",
  properties: {
    name: text("Its name, as the pipeline makes it."),
    namespace: text("Its namespace, as the pipeline makes it."),
    labels: texts("Its labels, by which it can be selected."),
    annotations: texts("Its annotations."),
    uid: text("Made of group, version, kind, namespace and name: the same for as long as these are."),
    resourceVersion: text("When it last changed, in a count that begins anew with each process."),
  },
};

/** What `kubectl explain` reads, in OpenAPI v3, by the segments of the path under `/openapi/v3`; undefined for an unknown one. */
export function openApi(path: readonly string[], kinds: readonly ViewKind[]): object | undefined {
  const places = Map.groupBy(kinds, ({ group, version }) => `apis/${group}/${version}`);
  if (path.length === 0) {
    const paths = [...places].map(([place, members]) => {
      const hash = createHash("sha256").update(JSON.stringify(members)).digest("hex").slice(0, 32);
      return [place, { serverRelativeURL: `/openapi/v3/${place}?hash=${hash.toUpperCase()}` }] as const;
    });
    return { paths: Object.fromEntries(paths) };
  }
  const members = places.get(path.join("/"));
  return members && documentOf(members);
}

function documentOf(kinds: readonly ViewKind[]): object {
  return {
    openapi: "3.0.0",
    info: { title: "Headgate views", version: kinds[0]?.version ?? "" },
    paths: Object.assign({}, ...kinds.map(pathsOf)) as object,
    components: {
      schemas: { [metaName]: meta, ...Object.fromEntries(kinds.map((kind) => [schemaName(kind), schemaOf(kind)])) },
    },
  };
}

function schemaName({ group, version, kind }: ViewKind): string {
  return `${group.split(".").reverse().join(".")}.${version}.${kind}`;
}

function typeOf({ group, version, kind }: ViewKind): object {
  return { group, version, kind };
}

function pathsOf(kind: ViewKind): object {
  const place = `/apis/${kind.group}/${kind.version}/namespaces/{namespace}/${kind.resource}`;
  const operation = (action: string): object => ({
    get: {
      "x-kubernetes-action": action,
      "x-kubernetes-group-version-kind": typeOf(kind),
      responses: {
        "200": {
          description: "OK",
          content: { "application/json": { schema: { $ref: `#/components/schemas/${schemaName(kind)}` } } },
        },
      },
    },
  });
  return { [place]: operation("list"), [`${place}/{name}`]: operation("get") };
}

function schemaOf(kind: ViewKind): object {
  const writers = kind.controllers.join(", ");
  return {
    type: "object",
    description: `A view: objects that Headgate computes and keeps in memory. Who writes it (Operator/controller): ${writers}. Besides apiVersion, kind and metadata an object has the fields that the pipelines of these make.`,
    properties: {
      apiVersion: text("The group of the Operator's views, and their version."),
      kind: text("The kind of the view."),
      metadata: { allOf: [{ $ref: `#/components/schemas/${metaName}` }], description: meta.description },
    },
    "x-kubernetes-group-version-kind": [typeOf(kind)],
    "x-kubernetes-preserve-unknown-fields": true,
  };
}
