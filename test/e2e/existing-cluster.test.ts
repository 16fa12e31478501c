import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

import { currentContext, refusalOf, suitesThatNeedTheRig } from "../rigs/kubernetes/existing-cluster.ts";

// What decides whether, and which, suites run on a cluster that somebody else has made.
test.each([
  ["kind-kind", "https://10.0.0.7:6443"],
  ["k3d-dev", "https://10.0.0.7:6443"],
  ["docker-desktop", "https://kubernetes.docker.internal:6443"],
  ["whatever", "https://127.0.0.1:43211"],
  ["whatever", "https://localhost:6443"],
])("context %s at %s is taken for a cluster for tests", (context, server) => {
  expect(refusalOf(context, server, {})).toBeUndefined();
});

test.each([
  ["prod", "https://api.example.com"],
  ["arn:aws:eks:eu-west-1:1:cluster/kind-of-blue", "https://x.eks.amazonaws.com"],
  ["my-kind-cluster", "https://127.example.com:6443"],
])("context %s at %s is refused until somebody names it", (context, server) => {
  expect(refusalOf(context, server, { HEADGATE_TEST_CONTEXT: "another" })).toBe(
    `context ${context} at ${server} does not look like a cluster for tests: set HEADGATE_TEST_CONTEXT=${context} if it is one`,
  );
  expect(refusalOf(context, server, { HEADGATE_TEST_CONTEXT: context })).toBeUndefined();
});

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "headgate-existing-"));
  onTestFinished(() => rm(made, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(made, name, ".."), { recursive: true });
    await writeFile(join(made, name), text);
  }
  return made;
}

test("the context is that of the first file of KUBECONFIG that names one", async () => {
  const at = await folder({ a: "kind: Config\n", b: "current-context: second\n", c: "current-context: third\n" });
  const path = ["nowhere", "a", "b", "c"].map((name) => join(at, name)).join(":");
  expect(currentContext({ KUBECONFIG: path })).toBe("second");
  expect(currentContext({ KUBECONFIG: join(at, "a") })).toBe("(none)");
});

test("a suite runs on any cluster when its first line says so; each other is skipped with its reason", async () => {
  const root = await folder({
    "test/a/any.kubernetes.test.ts": "// Runs on any cluster.\nimport x;\n",
    "test/a/own.kubernetes.test.ts": "// Needs the rig: it kills etcd.\nimport x;\n",
    "test/b/silent.kubernetes.test.ts": "import x;\n// Runs on any cluster.\n",
    "test/b/local.test.ts": "import x;\n",
  });
  expect(suitesThatNeedTheRig(root)).toEqual([
    { file: "test/a/own.kubernetes.test.ts", reason: "it kills etcd." },
    { file: "test/b/silent.kubernetes.test.ts", reason: "it does not say that it runs on any cluster" },
  ]);
});
