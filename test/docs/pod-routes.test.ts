import { globSync, readFileSync } from "node:fs";
import { defaultPodRouteSettings, enabledLabel, parsePodRouteSettings, podRouteAnnotations } from "@headgate/api";
import { expect, test } from "vitest";
import { permissionReason, refusedReason } from "../../packages/operator/src/failures.ts";
import { tableRows } from "../../tools/docs/markdown.ts";
import { root } from "../../tools/root.ts";

const page = readFileSync(`${root}docs/reference/pod-routes.md`, "utf8");
const firstColumn = (heading: string): string[] => tableRows(page, heading).map(([first = ""]) => first);

test("the reference lists the annotations that a pod may bear, no more and no less", () => {
  expect(firstColumn("The pod's label and annotations")).toEqual(Object.values(podRouteAnnotations));
  expect(page).toContain(`\`${enabledLabel}: "true"\``);
});

test("the reference lists each setting as a flag with its default", () => {
  const wrong = Object.fromEntries(Object.keys(defaultPodRouteSettings).map((name) => [name, []]));
  const parsed = parsePodRouteSettings(wrong);
  const flags = parsed.ok ? [] : parsed.refusals.map(({ field }) => field);
  const defaults = Object.values(defaultPodRouteSettings).map(String);
  const rows = tableRows(page, "Flags of the operator").map(([flag, value]) => [flag, value]);
  expect(rows.toSorted()).toEqual(flags.map((flag, index) => [flag, defaults[index]]).toSorted());
});

test("the reference lists the reasons of Events: those that the golden cases show, and those that come of an effect", () => {
  const cases = globSync("packages/views/testdata/pod-routes/*.yaml", { cwd: root });
  const told = cases.flatMap((file) =>
    [...readFileSync(root + file, "utf8").matchAll(/\b(?:Warning|Normal) ([A-Z]\w+) on Pod /g)].map(
      ([, reason]) => reason,
    ),
  );
  expect(firstColumn("Events").toSorted()).toEqual([...new Set([...told, permissionReason, refusedReason])].toSorted());
});
