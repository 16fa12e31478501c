import { OpError } from "@headgate/api";
import { seeded } from "@headgate/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { lineDecoder } from "../src/json-lines.ts";

test("any values come out whole however their bytes are split", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.jsonValue({ stringUnit: "grapheme" }), fc.string({ unit: "binary" }))),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      fc.constantFrom("\n", "\r\n", "\n\n"),
      (values, cuts, end) => {
        const written = values.map((value) => JSON.stringify(value));
        const bytes = Buffer.from(written.map((line) => line + end).join(""));
        const decoder = lineDecoder(1 << 20);
        const read: unknown[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const next = at + (cuts[i % cuts.length] ?? 1);
          read.push(...decoder.push(bytes.subarray(at, next)));
          at = next;
        }
        expect(read.map((value) => JSON.stringify(value))).toEqual(
          written.map((line) => JSON.stringify(JSON.parse(line))),
        );
        expect(decoder.held).toBe(0);
      },
    ),
    seeded(200),
  );
});

test("a line that is not JSON is a PROTOCOL failure, after the lines before it were given", () => {
  const decoder = lineDecoder(100);
  const read: unknown[] = [];
  expect(() => {
    for (const value of decoder.push(Buffer.from('{"a":1}\nnonsense\n'))) read.push(value);
  }).toThrow(expect.objectContaining({ code: "PROTOCOL" }) as OpError);
  expect(read).toEqual([{ a: 1 }]);
});

test("an endless line is a PROTOCOL failure as soon as it passes the limit", () => {
  const decoder = lineDecoder(10);
  expect([...decoder.push(Buffer.from('"12345'))]).toEqual([]);
  expect(() => [...decoder.push(Buffer.from("67890"))]).toThrow(OpError);
});
