import { readdirSync, readFileSync } from "node:fs";
import { parseEndpointPolicy } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { expect, test } from "vitest";
import { parse } from "yaml";

const folder = new URL("../../../../examples/endpoint-policy/original/", import.meta.url);
const files = readdirSync(folder);

test("there are the four manifests that users of the original know", () => {
  expect(files.sort()).toEqual(["grpc-canary.yaml", "grpc-primary.yaml", "http-canary.yaml", "http-primary.yaml"]);
});

test.each(files)("%s is taken unchanged", (file) => {
  const object = parse(readFileSync(new URL(file, folder), "utf8")) as KubeObject;
  const parsed = parseEndpointPolicy(object);
  expect(parsed).toMatchObject({ ok: true, value: { endpoints: [{ hostnames: [expect.any(String)] }, {}] } });
});
