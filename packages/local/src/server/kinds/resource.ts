import type { CompiledSchema, FieldError } from "../../schema/index.ts";
import type { Subject } from "../http/api-error.ts";
import type { Json, JsonObject } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import type { NameRule } from "./names.ts";

export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  readonly format?: string;
  readonly description?: string;
  /** 0 is always shown, 1 only by `-o wide`. */
  readonly priority: number;
  cell(object: KubeObject, now: number): Json;
}

/** Where a scale subresource finds its numbers, as member names from the object's root. */
export interface ScalePaths {
  readonly specReplicas: readonly string[];
  readonly statusReplicas: readonly string[];
  readonly selector: readonly string[] | undefined;
}

export type Rule = (object: JsonObject, old: JsonObject | undefined) => FieldError[];

/** A served version of a kind. */
export interface Resource extends Subject {
  readonly version: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Where its objects are in the storage; the same for all versions of a kind. */
  readonly storageKey: string;
  /** The apiVersion that its objects are stored with. */
  readonly storedAs: string;
  readonly builtIn: boolean;
  /** Its members, types, limits and defaults, and how its objects merge. */
  readonly schema: CompiledSchema;
  readonly status: boolean;
  readonly scale: ScalePaths | undefined;
  /** Names of subresources other than status and scale. */
  readonly actions: readonly string[];
  /** Whether metadata.generation counts the changes of what is asked for. */
  readonly counted: boolean;
  /** The fields that a field selector may use besides metadata.name and metadata.namespace. */
  readonly selectable: readonly string[];
  readonly columns: readonly Column[];
  /** Whether its objects are questions, which are answered and never stored. */
  readonly review: boolean;
  /** What its names must be. */
  readonly nameRule: NameRule;
  /** Fills in what the author left out and no schema can say. Changes the object that it is given. */
  readonly defaults: (object: KubeObject) => void;
  /** Changes a new object as admission plugins do: what they add has no manager. */
  readonly admit: (object: KubeObject) => void;
  /** The status that the server gives a new object. */
  readonly firstStatus: ((object: KubeObject) => JsonObject) | undefined;
  /** What is wrong with an object, or with its change, that no schema can say. */
  readonly check: Rule;
}

export const apiVersionOf = (resource: { readonly group: string; readonly version: string }): string =>
  resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
