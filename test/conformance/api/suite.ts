import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { groups } from "./cases/index.ts";
import type { Endpoint, Json } from "./exchange.ts";
import { exchange } from "./exchange.ts";
import type { ApiRig } from "./rig.ts";
import { tell } from "./story.ts";

const fileOf = (group: string): string => new URL(`testdata/${group}.yaml`, import.meta.url).pathname;
const readAnswers = (group: string): Record<string, Json> =>
  existsSync(fileOf(group)) ? (parse(readFileSync(fileOf(group), "utf8")) as Record<string, Json>) : {};

/** Makes a namespace for the time of a story. */
export async function inNamespace<T>(endpoint: Endpoint, name: string, story: () => Promise<T>): Promise<T> {
  const path = `/api/v1/namespaces`;
  const body = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
  const { status } = await exchange(endpoint, { method: "POST", path, body });
  if (status !== 201) throw new Error(`the namespace ${name} was not made: ${status}`);
  return story();
}

/**
 * Holds an API server to the answers that a real one gave: status, warnings and body, to the letter. With GOLDEN=write the model
 * writes them.
 */
export function apiSuite(rig: ApiRig): void {
  describe(rig.name, () => {
    let endpoint: Endpoint = { server: "" };
    let close: (() => Promise<void>) | undefined;
    beforeAll(async () => {
      const opened = await rig.open();
      endpoint = opened.endpoint;
      close = () => opened.close();
    });
    afterAll(() => close?.());
    let count = 0;
    for (const [group, { cases, managers = false }] of Object.entries(groups)) {
      describe(group, () => {
        const writing = rig.model && process.env["GOLDEN"] === "write";
        const expected = readAnswers(group);
        const written: Record<string, Json> = {};
        test("has an answer for each case, and no other", () => {
          if (!writing) expect(Object.keys(expected).toSorted()).toEqual(Object.keys(cases).toSorted());
        });
        for (const [name, steps] of Object.entries(cases)) {
          test(name, async () => {
            const namespace = `api-${Date.now().toString(36)}-${++count}`;
            const told = await inNamespace(endpoint, namespace, () => tell(endpoint, { namespace, steps, managers }));
            if (writing) written[name] = told as unknown as Json;
            else expect(told).toEqual(expected[name]);
          });
        }
        afterAll(() => {
          if (writing) writeFileSync(fileOf(group), stringify(written, { sortMapEntries: true, lineWidth: 140 }));
        });
      });
    }
  });
}
