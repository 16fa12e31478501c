import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseAllDocuments } from "yaml";

import { moduleFile } from "../module-file.ts";
import { type FindOptions, cacheFolder, installedProgram } from "../programs.ts";
import { envoyProgram } from "./envoy-program.ts";

/** Paths of what Contour is run from. */
export interface ContourPrograms {
  readonly contour: string;
  readonly envoy: string;
  /** A JSON list: Gateway API's definitions, Contour's own ones, its namespace, ServiceAccount and roles. */
  readonly manifests: string;
}

const contour = { path: "github.com/projectcontour/contour", version: "v1.33.8" } as const;

/**
 * Gateway API in the version and channel that this Contour wants, which it ships: with another one its watches fail and it ends.
 */
const manifests = [
  "examples/gateway/00-crds.yaml",
  "examples/contour/00-common.yaml",
  "examples/contour/01-crds.yaml",
  "examples/contour/02-rbac.yaml",
  "examples/contour/02-role-contour.yaml",
];

/** Contour and Envoy from the user's cache; what is missing there is built or downloaded first. Linux only. */
export async function contourPrograms(options: FindOptions): Promise<ContourPrograms> {
  return {
    contour: await installedProgram(`${contour.path}/cmd/contour`, contour.version, options),
    envoy: await envoyProgram(options),
    manifests: await manifestsAsJson(options),
  };
}

/** To read so much YAML takes seconds each time. */
async function manifestsAsJson(options: FindOptions): Promise<string> {
  const kept = join(cacheFolder(options.env ?? process.env), `contour-${contour.version}`, "manifests.json");
  if (existsSync(kept)) return kept;
  const objects: unknown[] = [];
  for (const file of manifests) {
    const text = await readFile(await moduleFile(contour, file, options), "utf8");
    for (const document of parseAllDocuments(text)) objects.push(document.toJS());
  }
  await mkdir(dirname(kept), { recursive: true });
  const copy = `${kept}.${randomUUID()}`;
  await writeFile(copy, JSON.stringify(objects.filter((object) => object !== null)));
  await rename(copy, kept);
  return kept;
}
