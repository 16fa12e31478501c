import type { KubeObject } from "../json/object.ts";
import type { Registry } from "../kinds/registry.ts";
import type { Storage } from "../storage/storage.ts";
import type { Addresses } from "../storage/addresses.ts";

/** What every handler works with. */
export interface Cluster {
  readonly storage: Storage;
  readonly registry: Registry;
  readonly addresses: Addresses;
  readonly bookmarkIntervalMs: number;
  readonly pages: Map<string, Page>;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** The rest of a list that a client reads page by page. */
export interface Page {
  readonly revision: number;
  readonly rest: readonly KubeObject[];
}

/** An instant as Kubernetes writes it: whole seconds. */
export const timestamp = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
