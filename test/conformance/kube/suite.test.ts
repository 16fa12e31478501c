import { expect, test } from "vitest";
import { kubeSuite } from "./suite.ts";

test("a known gap that names no law is an error", () => {
  const open = (): Promise<never> => Promise.reject(new Error("never opened"));
  expect(() => {
    kubeSuite({ name: "rig", knownGaps: ["a law that nobody wrote"], open });
  }).toThrow('rig: there is no law "a law that nobody wrote"');
});
