import { quote } from "@headgate/api";
import type { Resource } from "@headgate/pipeline";

import { problemLine, readTexts } from "../render/index.ts";
import { UsageError } from "../usage-error.ts";
import { yamlSource } from "../yaml-documents.ts";
import { knownKind } from "./known-kinds.ts";

/** What the API server calls a kind. */
export interface NamedKind {
  readonly plural: string;
  readonly namespaced: boolean;
  readonly statusApart: boolean;
}

/** What the API server calls kinds, and where that is a guess. */
export interface NamedKinds {
  of(resource: Pick<Resource, "group" | "kind">): NamedKind;
  /** A line for each kind that was guessed so far. */
  readonly guesses: readonly string[];
}

interface CrdSpec {
  readonly group?: string;
  readonly scope?: string;
  readonly names?: { readonly kind?: string; readonly plural?: string };
  readonly versions?: readonly { readonly subresources?: { readonly status?: unknown } }[];
}

/** `Kind.group=plural`; the core group is empty. */
export function pluralOption(text: string): readonly [string, string] {
  const [, kind, group = "", plural] = /^([A-Z][A-Za-z0-9]*)(?:\.([a-z0-9.-]+))?=([a-z0-9-]+)$/.exec(text) ?? [];
  if (kind === undefined || plural === undefined)
    throw new UsageError(`error: --plural: ${quote(text)} must be KIND.GROUP=PLURAL, such as Toy.example.com=toys`);
  return [`${group}/${kind}`, plural];
}

/**
 * Names of kinds: those that are given, those of CustomResourceDefinitions in files, Kubernetes's and Gateway API's own; any
 * other is guessed from the kind, as a namespaced kind with a status apart. Throws a UsageError.
 */
export async function namedKinds(plurals: readonly string[], sources: readonly string[]): Promise<NamedKinds> {
  const given = new Map(plurals.map(pluralOption));
  const { texts, problems } = await readTexts(sources);
  if (problems.length > 0) throw new UsageError(problems.map(problemLine).join("\n"));
  const defined = new Map<string, NamedKind>();
  for (const { file, documents } of texts.map(yamlSource)) {
    const before = defined.size;
    for (const document of documents) {
      if ("fault" in document) throw new UsageError(`${file}:${document.line}:${document.column}: ${document.fault}`);
      for (const [key, kind] of definedIn(document.json)) defined.set(key, kind);
    }
    if (defined.size === before) throw new UsageError(`${file}: there is no CustomResourceDefinition in it`);
  }
  const guesses = new Map<string, string>();
  return {
    of: (resource) => {
      const { group, kind } = resource;
      const key = `${group}/${kind}`;
      const known = defined.get(key) ?? knownKind(resource);
      const plural = given.get(key) ?? known?.plural;
      if (plural === undefined) {
        const name = group === "" ? kind : `${kind}.${group}`;
        guesses.set(
          key,
          `the plural of ${name} is taken to be ${guessed(kind)}: give its CustomResourceDefinition, or --plural ${name}=PLURAL`,
        );
      }
      return { namespaced: true, statusApart: true, ...known, plural: plural ?? guessed(kind) };
    },
    get guesses() {
      return [...guesses.values()];
    },
  };
}

function definedIn(value: unknown): readonly (readonly [string, NamedKind])[] {
  if (typeof value !== "object" || value === null) return [];
  const { kind, items, spec } = value as { readonly kind?: unknown; readonly items?: unknown; readonly spec?: CrdSpec };
  if (Array.isArray(items)) return items.flatMap(definedIn);
  const { group, scope, names = {}, versions = [] } = spec ?? {};
  if (kind !== "CustomResourceDefinition" || group === undefined || names.kind === undefined || !names.plural)
    return [];
  const statusApart = versions.some(({ subresources }) => subresources?.status !== undefined);
  return [[`${group}/${names.kind}`, { plural: names.plural, namespaced: scope !== "Cluster", statusApart }]];
}

/** As the API machinery guesses it. */
function guessed(kind: string): string {
  const name = kind.toLowerCase();
  if (/(?:s|x|z|ch|sh)$/.test(name)) return `${name}es`;
  return /[^aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`;
}
