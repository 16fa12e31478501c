import { describe, expect, test } from "vitest";
import { quantity } from "../src/quantity.ts";

const nano = 1_000_000_000n;

describe("a Kubernetes quantity", () => {
  test.each([
    ["0", 0n],
    ["1", nano],
    ["+2", 2n * nano],
    ["-2", -2n * nano],
    ["1.", nano],
    [".5", nano / 2n],
    ["2.5", (5n * nano) / 2n],
    ["500m", nano / 2n],
    ["1u", 1000n],
    ["1n", 1n],
    ["0.1n", 1n],
    ["1k", 1000n * nano],
    ["1Ki", 1024n * nano],
    ["1.5Gi", 1536n * 1024n * 1024n * nano],
    ["1E", 10n ** 18n * nano],
    ["1Ei", 2n ** 60n * nano],
    ["1e3", 1000n * nano],
    ["1E3", 1000n * nano],
    ["25e-2", nano / 4n],
  ])("%s is %s billionths", (text, billionths) => {
    expect(quantity(text)).toBe(billionths);
  });

  test.each(["", ".", "m", "1 Gi", "1gi", "1K", "1KI", "0x10", "1e", "1ee3", "--1", "1m5", "1,5", "NaN", "1e99", "１"])(
    "%j is none",
    (text) => {
      expect(quantity(text)).toBeUndefined();
    },
  );
});
