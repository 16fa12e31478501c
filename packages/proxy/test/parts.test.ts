import { seeded } from "@headgate/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grpcStatus } from "../src/answers.ts";
import { edited, endToEnd, forwarded } from "../src/header-list.ts";
import { lessBusy, pickBackend } from "../src/pick.ts";

describe("picking", () => {
  const backend = (weight: number) => ({
    weight,
    target: String(weight),
    refused: undefined,
    requestHeaders: undefined,
    responseHeaders: undefined,
  });

  test("a backend's share of chance is its share of the weights", () => {
    const backends = [backend(1), backend(0), backend(3)];
    const shares = [0, 0.24, 0.25, 0.999].map((chance) => pickBackend(backends, () => chance)?.weight);
    expect(shares).toEqual([1, 1, 3, 3]);
    expect(pickBackend([backend(0)], () => 0)).toBeUndefined();
    expect(pickBackend([], () => 0)).toBeUndefined();
  });

  test("of two endpoints the less busy one is chosen, and never the same one is drawn twice", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(9), { minLength: 2, maxLength: 6 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
        (loads, chance) => {
          const choices = loads.map((load, i) => ({ load, i }));
          const asked: number[] = [];
          const chosen = lessBusy(
            choices,
            ({ load, i }) => {
              asked.push(i);
              return load;
            },
            () => chance.next().value as number,
          );
          expect(new Set(asked).size).toBe(2);
          expect(chosen?.load).toBe(Math.min(...asked.map((i) => loads[i] ?? 0)));
        },
      ),
      seeded(500),
    );
  });

  test("one endpoint is chosen, and none is not", () => {
    expect(
      lessBusy(
        ["only"],
        () => 99,
        () => 0.5,
      ),
    ).toBe("only");
    expect(
      lessBusy<string>(
        [],
        () => 0,
        () => 0.5,
      ),
    ).toBeUndefined();
  });
});

describe("headers", () => {
  test("what Connection nominates goes, and everything end-to-end stays in order", () => {
    const headers = [
      ["A", "1"],
      ["Connection", "close, X-Hop"],
      ["x-hop", "1"],
      ["a", "2"],
      ["Keep-Alive", "x"],
      ["Upgrade", "x"],
    ] as const;
    expect(endToEnd(headers)).toEqual([
      ["A", "1"],
      ["a", "2"],
    ]);
  });

  test("edits never touch framing, host or connection", () => {
    const edits = {
      set: [
        { name: "Content-Length", value: "9" },
        { name: "X", value: "set" },
      ],
      add: [
        { name: "Transfer-Encoding", value: "chunked" },
        { name: "Y", value: "added" },
      ],
      remove: ["content-length", "Z"],
    };
    const headers = [
      ["content-length", "2"],
      ["x", "a"],
      ["X", "b"],
      ["z", "c"],
    ] as const;
    expect(edited(headers, edits)).toEqual([
      ["content-length", "2"],
      ["X", "set"],
      ["Y", "added"],
    ]);
    expect(edited(headers, undefined)).toBe(headers);
  });

  test("behind a trusted gateway what it says about the client is carried on", () => {
    const origin = { address: "10.0.0.9", scheme: "http", authority: "inner" };
    const headers = [
      ["X-Forwarded-For", "1.2.3.4"],
      ["x-forwarded-proto", "https"],
      ["X-Forwarded-Host", "outer"],
      ["Forwarded", "for=1.2.3.4"],
    ] as const;
    expect(forwarded(headers, "append", origin)).toEqual([
      ["Forwarded", "for=1.2.3.4"],
      ["X-Forwarded-For", "1.2.3.4, 10.0.0.9"],
      ["X-Forwarded-Proto", "https"],
      ["X-Forwarded-Host", "outer"],
    ]);
    expect(forwarded(headers, "replace", origin)).toEqual([
      ["X-Forwarded-For", "10.0.0.9"],
      ["X-Forwarded-Proto", "http"],
      ["X-Forwarded-Host", "inner"],
    ]);
  });
});

test.each([
  [400, 13],
  [404, 12],
  [500, 13],
  [502, 14],
  [503, 14],
  [504, 4],
  [505, 13],
])("HTTP %i is gRPC status %i", (http, grpc) => {
  expect(grpcStatus(http)).toBe(grpc);
});
