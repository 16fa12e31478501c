import { symlinkSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { checkLayers, layerComplaints } from "../../tools/layers.ts";
import type { LayerReport } from "../../tools/layers.ts";
import { rooms } from "../../tools/layers/rooms.ts";
import { layerRules } from "../../tools/layers/rules.ts";
import { plant } from "./fixture.ts";

const manifest = (name: string, npm: readonly string[], extraDoors: Readonly<Record<string, string>> = {}): string => {
  const doors = { ".": "./src/index.ts", ...extraDoors };
  const own = Object.keys(rooms).filter((room) => room !== name && !(name === "operator" && room === "api"));
  return JSON.stringify({
    name: `@headgate/${name}`,
    exports: Object.fromEntries(Object.entries(doors).map(([door, file]) => [door, { "@headgate/source": file }])),
    dependencies: Object.fromEntries([...own.map((room) => `@headgate/${room}`), ...npm].map((dep) => [dep, "1.0.0"])),
    devDependencies: name === "cli" ? { devtool: "1.0.0" } : {},
  });
};

/** A repository in the shape of ours in which nothing is wrong. */
const clean: Record<string, string> = {
  ...Object.fromEntries(Object.keys(rooms).map((name) => [`packages/${name}/src/index.ts`, "export const one = 1;\n"])),
  ...Object.fromEntries(
    Object.keys(rooms).map((name) => [
      `packages/${name}/package.json`,
      manifest(name, ["declared", "undici", "@kubernetes/client-node"]),
    ]),
  ),
  "packages/views/package.json": manifest("views", ["declared"], {
    "./route-table": "./src/route-table/index.ts",
    "./pod-routes": "./src/pod-routes/index.ts",
  }),
  "packages/views/src/route-table/index.ts": 'export { one } from "./inside.ts";\n',
  "packages/views/src/route-table/inside.ts": 'export { one } from "@headgate/delta";\n',
  "packages/views/src/pod-routes/index.ts": 'export { one } from "@headgate/api";\n',
  "packages/kube/src/uses.ts":
    'import type { one } from "@headgate/delta";\nimport "undici";\nimport "@kubernetes/client-node";\n',
  "packages/kube/src/main.ts": 'import "./uses.ts";\n',
  "packages/local/src/main.ts": 'import "undici";\nimport "node:fs";\nimport "./server/index.ts";\n',
  "packages/local/src/server/index.ts": 'import "../schema/index.ts";\n',
  "packages/local/src/schema/index.ts": "export {};\n",
  "packages/proxy/src/main.ts": 'import "@headgate/views/route-table";\n',
  ...Object.fromEntries(
    ["declared", "undici", "@kubernetes/client-node", "stray", "devtool"].flatMap((name) => [
      [`node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", main: "index.js" })],
      [`node_modules/${name}/index.js`, "exports.one = 1;\n"],
    ]),
  ),
};

async function cruise(files: Record<string, string>): Promise<LayerReport> {
  using planted = plant(files);
  mkdirSync(join(planted.folder, "node_modules/@headgate"), { recursive: true });
  for (const name of Object.keys(rooms))
    symlinkSync(`../../packages/${name}`, join(planted.folder, "node_modules/@headgate", name));
  return await checkLayers(planted.folder);
}

/** Each rule, with a file that breaks it. `alone` means that the rule must be the only one to complain. */
const offences: readonly { rule: string; file: string; text: string; alone?: true }[] = [
  { rule: "pure-has-no-effects", file: "packages/api/src/core.ts", text: 'import "node:fs";', alone: true },
  { rule: "pure-has-no-effects", file: "packages/api/src/bare-core.ts", text: 'import "fs";', alone: true },
  { rule: "pure-has-no-effects", file: "packages/views/src/npm.ts", text: 'import "declared";', alone: true },
  { rule: "pure-has-no-effects", file: "packages/api/src/npm-type.ts", text: 'import type { one } from "declared";' },
  { rule: "pure-has-no-effects", file: "packages/api/src/later.ts", text: 'export const later = import("node:net");' },
  { rule: "pure-pipeline-libraries", file: "packages/pipeline/src/npm.ts", text: 'import "declared";', alone: true },
  { rule: "pure-pipeline-libraries", file: "packages/pipeline/src/core.ts", text: 'import "node:fs";', alone: true },
  { rule: "room-pipeline", file: "packages/pipeline/src/room.ts", text: 'import "@headgate/views";', alone: true },
  { rule: "room-hybrid", file: "packages/hybrid/src/room.ts", text: 'import "@headgate/operator";', alone: true },
  { rule: "engine-knows-no-domain", file: "packages/delta/src/domain.ts", text: 'import "@headgate/api";' },
  { rule: "engine-knows-no-domain", file: "packages/delta/src/node.ts", text: 'import "node:fs";' },
  {
    rule: "only-kube-knows-the-cluster-client",
    file: "packages/operator/src/client.ts",
    text: 'import "@kubernetes/client-node";',
    alone: true,
  },
  {
    rule: "only-kube-and-local-use-undici",
    file: "packages/proxy/src/undici.ts",
    text: 'import "undici";',
    alone: true,
  },
  {
    rule: "local-parts-meet-at-the-api",
    file: "packages/local/src/runner/peek.ts",
    text: 'import "../server/index.ts";',
    alone: true,
  },
  {
    rule: "local-parts-meet-at-the-api",
    file: "packages/local/src/controllers/peek.ts",
    text: 'import "../schema/index.ts";',
    alone: true,
  },
  { rule: "local-server-is-alone", file: "packages/local/src/server/peek.ts", text: 'import "../runner/peek.ts";' },
  {
    rule: "view-folder-by-its-index",
    file: "packages/views/src/pod-routes/peek.ts",
    text: 'import "../route-table/inside.ts";',
    alone: true,
  },
  { rule: "testkit-is-for-tests", file: "packages/operator/src/testkit.ts", text: 'import "@headgate/testkit";' },
  {
    rule: "front-door-only",
    file: "packages/operator/src/deep.ts",
    text: 'import "../../kube/src/uses.ts";',
    alone: true,
  },
  {
    rule: "front-door-only",
    file: "packages/operator/src/views.ts",
    text: 'import "../../views/src/route-table/inside.ts";',
    alone: true,
  },
  { rule: "no-cycle", file: "packages/operator/src/egg.ts", text: 'import "./hen.ts";', alone: true },
  { rule: "no-orphans", file: "packages/operator/src/orphan.ts", text: "export const lonely = 1;", alone: true },
  { rule: "no-unresolvable", file: "packages/operator/src/lost.ts", text: 'import "./nowhere.ts";', alone: true },
  { rule: "declared-npm-only", file: "packages/operator/src/stray.ts", text: 'import "stray";', alone: true },
  { rule: "no-dev-dependency-in-source", file: "packages/cli/src/dev.ts", text: 'import "devtool";', alone: true },
  { rule: "room-delta", file: "packages/delta/src/room.ts", text: 'import type { one } from "@headgate/api";' },
  { rule: "room-api", file: "packages/api/src/room.ts", text: 'import "@headgate/delta";', alone: true },
  {
    rule: "room-views",
    file: "packages/views/src/room.ts",
    text: 'import type { one } from "@headgate/kube";',
    alone: true,
  },
  { rule: "room-kube", file: "packages/kube/src/room.ts", text: 'import "@headgate/views";', alone: true },
  {
    rule: "room-kube-delta-types",
    file: "packages/kube/src/engine.ts",
    text: 'import { one } from "@headgate/delta"; one;',
    alone: true,
  },
  { rule: "room-operator", file: "packages/operator/src/room.ts", text: 'import "@headgate/proxy";', alone: true },
  { rule: "room-proxy", file: "packages/proxy/src/room.ts", text: 'import "@headgate/operator";', alone: true },
  {
    rule: "room-proxy-views-door",
    file: "packages/proxy/src/door.ts",
    text: 'import "@headgate/views/pod-routes";',
    alone: true,
  },
  {
    rule: "room-proxy-views-door",
    file: "packages/proxy/src/front.ts",
    text: 'import "@headgate/views";',
    alone: true,
  },
  {
    rule: "room-local",
    file: "packages/local/src/room.ts",
    text: 'import type { one } from "@headgate/api";',
    alone: true,
  },
  { rule: "room-cli", file: "packages/cli/src/room.ts", text: 'import "@headgate/testkit";' },
  { rule: "room-testkit", file: "packages/testkit/src/room.ts", text: 'import "@headgate/operator";', alone: true },
  {
    rule: "declared-operator",
    file: "packages/operator/src/undeclared.ts",
    text: 'import "@headgate/api";',
    alone: true,
  },
];

let planted: LayerReport;
beforeAll(async () => {
  planted = await cruise({
    ...clean,
    "packages/operator/src/hen.ts": 'import "./egg.ts";\n',
    ...Object.fromEntries(offences.map(({ file, text }) => [file, `${text}\n`])),
  });
});

test("a clean repository passes, so a complaint below comes from the planted file", async () => {
  expect(layerComplaints(await cruise(clean))).toEqual([]);
});

test.each(offences)("$rule rejects $file", ({ rule, file, alone }) => {
  const broken = new Set(planted.violations.filter(({ from }) => from === file).map((violation) => violation.rule));
  expect(broken).toContain(rule);
  if (alone === true) expect([...broken]).toEqual([rule]);
});

test("every rule has a canary", () => {
  const withoutOwn = layerRules([]).map(({ name }) => name);
  expect(withoutOwn.filter((name) => !offences.some(({ rule }) => rule === name))).toEqual([]);
});

test("a gate that looks at fewer files than there are fails", () => {
  const report = { cruised: ["packages/api/src/index.ts"], violations: [] };
  const expected = ["packages/api/src/index.ts", "packages/api/src/unseen.ts"];
  expect(layerComplaints({ ...report, expected })).toEqual([
    "packages/api/src/unseen.ts: exists but was not looked at",
  ]);
  expect(layerComplaints({ cruised: [], expected: [], violations: [] })).toHaveLength(1);
});
