import { childName, isServiceName } from "@headgate/api";
import fc from "fast-check";
import { expect, test } from "vitest";

test("a pod whose name a Service may have gives its own name to its children", () => {
  for (const name of ["a", "pp-1234", "x".repeat(63)]) expect(childName(name)).toBe(name);
});

test("other names become readable, valid and stay apart", () => {
  const names = ["web.example", "web-example.", "0abc", "x".repeat(64), `${"x".repeat(64)}y`, "1", "a.b", "a-b."];
  const children = names.map(childName);
  for (const child of children) expect(isServiceName(child)).toBe(true);
  expect(new Set(children).size).toBe(names.length);
  expect(childName("web.example")).toMatch(/^web-example-[0-9a-f]{10}$/);
  expect(childName("0abc")).toMatch(/^pod-0abc-[0-9a-f]{10}$/);
});

test("the name is the same in every release", () => {
  expect(childName("db.0")).toBe("db-0-957de48264");
  expect(childName("7seas")).toBe("pod-7seas-7a66b77d1e");
});

test("any pod name gives a valid Service name, and no two give the same", () => {
  const podName = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,100}[a-z0-9])?$/);
  fc.assert(
    fc.property(fc.uniqueArray(podName, { maxLength: 40 }), (names) => {
      const children = names.map(childName);
      expect(children.filter((name) => !isServiceName(name))).toEqual([]);
      expect(new Set(children).size).toBe(names.length);
    }),
  );
});
