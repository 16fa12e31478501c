import { endpointPolicyCrd, operatorCrd } from "@headgate/api";
import type { KubeObject } from "@headgate/api";

import { UsageError } from "../../usage-error.ts";
import { yamlSource } from "../../yaml-documents.ts";
import { problemLine, readTexts } from "../../render/index.ts";

/** The part of an OpenAPI schema that is looked at. */
export interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly $ref?: string;
  readonly allOf?: readonly JsonSchema[];
  readonly format?: string;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
}

/** The schema of a kind, and what its references lead to. */
export interface KindSchema {
  readonly schema: JsonSchema;
  readonly resolve: (schema: JsonSchema) => JsonSchema;
}

interface Kind {
  readonly group: string;
  readonly version: string | undefined;
  readonly kind: string;
}

/** The schemas of kinds. */
export interface Schemas {
  find(kind: Kind): KindSchema | undefined;
}

type Entry = Kind & KindSchema;
const itself = (schema: JsonSchema): JsonSchema => schema;

/**
 * The schemas of files (CustomResourceDefinitions, or an API server's OpenAPI documents), then those that come with
 * Headgate. Throws a UsageError for a file that holds none.
 */
export async function readSchemas(sources: readonly string[]): Promise<Schemas> {
  const { texts, problems } = await readTexts(sources);
  if (problems.length > 0) throw new UsageError(problems.map(problemLine).join("\n"));
  const given = texts.flatMap((text): readonly Entry[] => {
    const { file, documents } = yamlSource(text);
    const found = documents.flatMap((document) => {
      if ("fault" in document) throw new UsageError(`${file}:${document.line}:${document.column}: ${document.fault}`);
      return schemasIn(document.json);
    });
    if (found.length === 0)
      throw new UsageError(`${file}: there is no CustomResourceDefinition in it, and no OpenAPI document`);
    return found;
  });
  const all = [...given, ...[operatorCrd, endpointPolicyCrd].flatMap(ofCrd), ...(await ofLocal())];
  return {
    find: ({ group, version, kind }) =>
      all.find((one) => one.group === group && one.kind === kind && (version === undefined || one.version === version)),
  };
}

/** Those of the embedded cluster, where it is installed: it is no part of an image. */
async function ofLocal(): Promise<readonly Entry[]> {
  try {
    const { builtInResources, gatewayApiCrds } = await import("@headgate/local");
    return [
      ...gatewayApiCrds.flatMap((crd) => ofCrd(crd as unknown as KubeObject)),
      ...builtInResources.map(({ group, version, kind, schema }) => ({
        group,
        version,
        kind,
        schema: schema.root,
        resolve: itself,
      })),
    ];
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") return [];
    throw error;
  }
}

function schemasIn(value: unknown): readonly Entry[] {
  if (typeof value !== "object" || value === null) return [];
  const { kind, items, definitions, components } = value as Readonly<Record<string, unknown>>;
  if (kind === "CustomResourceDefinition") return ofCrd(value as KubeObject);
  if (Array.isArray(items)) return items.flatMap(schemasIn);
  const v3 = (components as { readonly schemas?: unknown } | undefined)?.schemas;
  return [...ofOpenApi(definitions, "#/definitions/"), ...ofOpenApi(v3, "#/components/schemas/")];
}

interface CrdSpec {
  readonly group?: string;
  readonly names?: { readonly kind?: string };
  readonly versions?: readonly {
    readonly name?: string;
    readonly schema?: { readonly openAPIV3Schema?: JsonSchema };
  }[];
}

function ofCrd({ spec }: KubeObject): readonly Entry[] {
  const { group, names, versions = [] } = (spec ?? {}) as CrdSpec;
  return versions.flatMap(({ name, schema }) =>
    group === undefined || names?.kind === undefined || name === undefined || schema?.openAPIV3Schema === undefined
      ? []
      : [{ group, version: name, kind: names.kind, schema: schema.openAPIV3Schema, resolve: itself }],
  );
}

const gvkKey = "x-kubernetes-group-version-kind";

function ofOpenApi(definitions: unknown, prefix: string): readonly Entry[] {
  if (typeof definitions !== "object" || definitions === null) return [];
  const named = definitions as Readonly<Record<string, JsonSchema>>;
  const resolve = (schema: JsonSchema): JsonSchema => {
    const [only] = schema.allOf ?? [];
    const target = schema.$ref ?? (schema.allOf?.length === 1 ? only?.$ref : undefined);
    if (target === undefined) return schema;
    const name = target.startsWith(prefix) ? target.slice(prefix.length) : "";
    return Object.hasOwn(named, name) ? (named[name] ?? {}) : {};
  };
  return Object.values(named).flatMap((schema) => {
    const kinds = (schema as { readonly [gvkKey]?: unknown })[gvkKey];
    return (Array.isArray(kinds) ? (kinds as readonly Partial<Kind>[]) : []).flatMap(({ group = "", version, kind }) =>
      version === undefined || kind === undefined ? [] : [{ group, version, kind, schema, resolve }],
    );
  });
}
