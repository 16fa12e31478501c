import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { gatewayApiCrds, gatewayApiVersion } from "../../src/schema/index.ts";

/**
 * Where ours and the published CRDs differ on purpose, with the reason. A path is compared no further.
 * None is needed: descriptions aside, ours say what the published ones say.
 */
const differences: Readonly<Record<string, string>> = {
  "metadata.creationTimestamp": "an artefact of the generator: the server sets it",
  status: "an artefact of the generator: the server writes it",
};

/** The directory of the published standard-channel CRDs: GATEWAY_API_CRDS, or the Go module cache when it has the version. */
function publishedDirectory(): string | undefined {
  const cache = process.env["GOMODCACHE"] ?? join(process.env["GOPATH"] ?? join(homedir(), "go"), "pkg", "mod");
  const module = join(cache, "sigs.k8s.io", `gateway-api@${gatewayApiVersion}`, "config", "crd", "standard");
  const directory = process.env["GATEWAY_API_CRDS"] ?? module;
  return existsSync(directory) ? directory : undefined;
}

/** Drops what does not matter: descriptions of fields (not fields named so), the order of `required`, key order. */
function plain(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => plain(item));
    return key === "required" ? items.sort() : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(([name, item]) => !(name === "description" && typeof item === "string" && key !== "properties"))
    .map(([name, item]): [string, unknown] => [name, plain(item, name)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

function without(crd: unknown, path: string): void {
  const names = path.split(".");
  const last = names.pop();
  let at = crd as Record<string, unknown>;
  for (const name of names) at = at[name] as Record<string, unknown>;
  if (last !== undefined) Reflect.deleteProperty(at, last);
}

const directory = publishedDirectory();
const reason = `the published CRDs of ${gatewayApiVersion} are not here: set GATEWAY_API_CRDS, or go mod download sigs.k8s.io/gateway-api@${gatewayApiVersion}`;

describe.each(gatewayApiCrds.map((crd) => [crd.spec.names.kind, crd] as const))("%s", (_, crd) => {
  test("says what the published CRD says, descriptions aside", ({ skip }) => {
    if (directory === undefined) {
      skip(reason);
      return;
    }
    const file = `${crd.spec.group}_${crd.spec.names.plural}.yaml`;
    const published: unknown = plain(parse(readFileSync(join(directory, file), "utf8")));
    for (const path of Object.keys(differences)) without(published, path);
    expect(plain(crd)).toEqual(published);
  });
});
