import { expect, test } from "vitest";

import { findKind, systemClock, untilFound } from "../src/index.ts";
import type { Clock } from "../src/index.ts";
import { answer, scriptedClient, status } from "./scripted-server.ts";

const resources: Readonly<Record<string, readonly string[]>> = {
  "/api/v1": ["services Service", "services/status Service"],
  "/apis/example.org/v1": ["things Thing", "things/status Thing"],
  "/apis/example.org/v1beta1": ["things Thing", "others Other"],
};

async function serverOf(served: () => boolean = () => true): ReturnType<typeof scriptedClient> {
  return scriptedClient(({ path }, response) => {
    const listed = resources[path];
    if (!served()) answer(response, 404, status(404, "NotFound"));
    else if (path === "/apis/example.org")
      answer(response, 200, {
        preferredVersion: { version: "v1" },
        versions: [{ version: "v1beta1" }, { version: "v1" }],
      });
    else if (listed !== undefined)
      answer(response, 200, {
        resources: listed.map((one) => {
          const [name, kind] = one.split(" ");
          return { name, kind, namespaced: true };
        }),
      });
    else answer(response, 404, status(404, "NotFound"));
  });
}

test("a kind is found in the preferred version, else in another one that has it, or in the one that is asked for", async () => {
  const { client } = await serverOf();
  const find = async (group: string, kind: string, version?: string): Promise<unknown> => {
    const { type, statusApart } = await findKind(client, { group, kind, version });
    return [type.apiVersion, type.plural, statusApart];
  };
  expect(await find("", "Service")).toEqual(["v1", "services", true]);
  expect(await find("example.org", "Thing")).toEqual(["example.org/v1", "things", true]);
  expect(await find("example.org", "Thing", "v1beta1")).toEqual(["example.org/v1beta1", "things", false]);
  expect(await find("example.org", "Other")).toEqual(["example.org/v1beta1", "others", false]);
  await expect(find("", "Nothing")).rejects.toMatchObject({
    code: "NOT_FOUND",
    detail: "the API server serves no Nothing in the core group",
  });
});

test("a kind is asked for until it is there, or nobody wants to know any more", async () => {
  let asked = 0;
  const { client } = await serverOf(() => ++asked > 3);
  const quick: Clock = { ...systemClock, after: (ms, fire) => systemClock.after(ms / 1000, fire) };
  const told: string[] = [];
  const wanted = { group: "example.org", kind: "Thing", version: "v1" };
  const stop = new AbortController();
  const finding = { client, clock: quick, signal: stop.signal };
  const found = await untilFound(wanted, finding, ({ code }) => told.push(code));
  expect([found?.type.plural, told]).toEqual(["things", ["NOT_FOUND", "NOT_FOUND", "NOT_FOUND"]]);
  asked = 0;
  expect(
    await untilFound(wanted, finding, () => {
      stop.abort();
    }),
  ).toBeUndefined();
});
