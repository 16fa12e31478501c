import { type FindOptions, installedProgram } from "../programs.ts";
import { moduleFile } from "../module-file.ts";
import { envoyProgram } from "./envoy-program.ts";

/** Paths of what Contour is run from. */
export interface ContourPrograms {
  readonly contour: string;
  readonly envoy: string;
  /** YAML files, in the order in which they are applied: Gateway API's definitions, then Contour's own ones, namespace and roles. */
  readonly manifests: readonly string[];
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
    manifests: await Promise.all(manifests.map((file) => moduleFile(contour, file, options))),
  };
}
