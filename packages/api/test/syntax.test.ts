import { hash, ipFamily, quote } from "@headgate/api";
import fc from "fast-check";
import { expect, test } from "vitest";

test("the family of an address", () => {
  for (const ip of ["0.0.0.0", "10.1.2.3", "255.255.255.255"]) expect(ipFamily(ip)).toBe("IPv4");
  for (const ip of ["::", "::1", "fd00::1", "1:2:3:4:5:6:7:8", "::ffff:10.0.0.1", "FE80::A"]) {
    expect(ipFamily(ip)).toBe("IPv6");
  }
  const none = [
    "",
    "1",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "01.2.3.4",
    "1:2:3",
    "1::2::3",
    ":::",
    "g::",
    "1:2:3:4:5:6:7:8:9",
  ];
  for (const ip of [...none, "::1.2.3", "fe80::1%eth0", "1:2:3:4:5:6:7::8", "10.0.0.1/8", "12345::"]) {
    expect(ipFamily(ip)).toBeUndefined();
  }
});

test("every address that there is has its family", () => {
  fc.assert(fc.property(fc.ipV4(), (ip) => ipFamily(ip) === "IPv4"));
  fc.assert(fc.property(fc.ipV6(), (ip) => ipFamily(ip) === "IPv6"));
});

test("a hash is 16 hexadecimal digits, the same for the same text, and no two short texts share one", () => {
  const seen = new Map<string, string>();
  for (let i = 0; i < 100_000; i++) {
    const text = `pod-${i.toString(36)}`;
    const digest = hash(text);
    expect(seen.get(digest)).toBeUndefined();
    seen.set(digest, text);
  }
  for (const digest of seen.keys()) if (!/^[0-9a-f]{16}$/.test(digest)) throw new Error(digest);
  expect(hash("")).toBe(hash(""));
});

test("a change of one character changes about half of the hash's bits", () => {
  const bits = (a: string, b: string): number =>
    (BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2).replaceAll("0", "").length;
  let total = 0;
  for (let i = 0; i < 1000; i++) total += bits(hash(`text ${String(i)} a`), hash(`text ${String(i)} b`));
  expect(total / 1000).toBeGreaterThan(28);
  expect(total / 1000).toBeLessThan(36);
});

test("a quoted value never outgrows a message", () => {
  expect(quote("a\nb")).toBe('"a\\nb"');
  expect(quote(undefined)).toBe("nothing");
  expect(quote("x".repeat(5000)).length).toBeLessThanOrEqual(100);
  expect(quote({ a: [1] })).toBe('{"a":[1]}');
});
