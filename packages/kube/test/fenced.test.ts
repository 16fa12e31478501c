import { expect, test, vi } from "vitest";
import { fenced } from "../src/index.ts";
import { patience } from "./patience.ts";
import { answer, scriptedClient } from "./scripted-server.ts";

const object = { apiVersion: "v1", kind: "Service", metadata: { namespace: "n", name: "a" } };
const ref = { apiVersion: "v1", kind: "Service", namespace: "n", name: "a" };

test("what may change something is asked for leave before each call, and what only reads is not", async () => {
  const { client, received } = await scriptedClient((_, response) => {
    answer(response, 200, object);
  });
  let asked = 0;
  let leave = true;
  const careful = fenced(client, () => {
    asked += 1;
    if (!leave) throw new Error("no longer");
  });
  const writes = [
    () => careful.create(object),
    () => careful.replace(object),
    () => careful.apply(object, { manager: "m" }),
    () => careful.patch(ref, {}, { type: "merge" }),
    () => careful.delete(ref),
    () => careful.request({ method: "POST", path: "/x" }),
  ];
  for (const write of writes) await write();
  expect([asked, received.length]).toEqual([6, 6]);
  leave = false;
  for (const write of writes) await expect(write()).rejects.toThrow("no longer");
  expect(received).toHaveLength(6);
  await careful.get(ref);
  await careful.request({ method: "GET", path: "/x" });
  expect([asked, received.length]).toEqual([12, 8]);
});

test("a write that waits for a connection asks when it gets one, not before", async () => {
  const answers: (() => void)[] = [];
  const { client, received } = await scriptedClient(
    (_, response) => {
      answers.push(() => {
        answer(response, 200, object);
      });
    },
    { connections: 1 },
  );
  let leave = true;
  const careful = fenced(client, () => {
    if (!leave) throw new Error("no longer");
  });
  const [first, second, third] = [careful.create(object), careful.create(object), client.create(object)];
  const refused = expect(second).rejects.toThrow("no longer");
  await vi.waitUntil(() => answers.length === 1, patience);
  leave = false;
  answers[0]?.();
  await first;
  await refused;
  await vi.waitUntil(() => answers.length === 2, patience);
  answers[1]?.();
  await third;
  expect(received).toHaveLength(2);
});
