import { expect, test } from "vitest";
import type { Runner } from "../src/index.ts";
import { supervise } from "../src/index.ts";

function untilStopped(name: string, ended: string[]): Runner {
  return {
    name,
    run: async (signal) => {
      await new Promise((resolve) => {
        signal.addEventListener("abort", resolve, { once: true });
      });
      ended.push(name);
    },
  };
}

test("when the signal aborts, all end and nothing is thrown", async () => {
  const ended: string[] = [];
  const stop = new AbortController();
  const run = supervise([untilStopped("a", ended), untilStopped("b", ended)], stop.signal);
  stop.abort();
  await run;
  expect(ended).toEqual(["a", "b"]);
});

test("the first to fail stops the others, and every failure keeps its cause", async () => {
  const ended: string[] = [];
  const cause = new Error("disk on fire");
  const failing: Runner = { name: "bad", run: () => Promise.reject(cause) };
  const error = await supervise([failing, untilStopped("good", ended)], new AbortController().signal).catch(
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(AggregateError);
  expect((error as AggregateError).errors).toMatchObject([{ message: "runner bad: disk on fire", cause }]);
  expect(ended).toEqual(["good"]);
});

test("a runner that ends without having been asked to is a failure", async () => {
  const idle: Runner = { name: "idle", run: () => Promise.resolve() };
  await expect(supervise([idle], new AbortController().signal)).rejects.toBeInstanceOf(AggregateError);
});
