import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { controlPlanePrograms, installedProgram } from "../../src/kubernetes/programs.ts";

const files = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;

/** A machine with an empty cache and a Go toolchain that notes what it is asked for and leaves a file where it was told to. */
let machine: { readonly folder: string; readonly env: Record<string, string>; readonly said: string[] };

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "headgate-programs-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "bin"));
  await goThatRuns(folder, 'case $1 in build) target=$6 ;; install) target=$GOBIN/tool ;; esac; echo made > "$target"');
  const path = `${join(folder, "bin")}:/usr/bin:/bin`;
  machine = { folder, env: { PATH: path, XDG_CACHE_HOME: join(folder, "cache") }, said: [] };
});

async function goThatRuns(folder: string, script: string): Promise<void> {
  const file = join(folder, "bin/go");
  await writeFile(file, `#!/bin/sh\nset -e\necho "$@" >> ${folder}/asked\n${script}\n`);
  await chmod(file, 0o755);
}

const asked = async (): Promise<readonly string[]> => {
  const text = await readFile(join(machine.folder, "asked"), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
};
const find = (more: Record<string, string> = {}): ReturnType<typeof controlPlanePrograms> =>
  controlPlanePrograms({ say: (line) => void machine.said.push(line), env: { ...machine.env, ...more } });

async function assets(...names: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(machine.folder, "assets-"));
  for (const name of names) await writeFile(join(folder, name), "");
  return folder;
}

test("what is missing is built once, into a folder named for its versions, and said to be", async () => {
  const programs = await find();
  const [, folder = ""] = /^(.*\/headgate\/kubernetes-v1\.\d+\.\d+-etcd-v3\.\d+\.\d+)\/etcd$/.exec(programs.etcd) ?? [];
  expect(folder).toContain(machine.folder);
  expect(programs).toEqual({
    etcd: join(folder, "etcd"),
    apiServer: join(folder, "kube-apiserver"),
    controllerManager: join(folder, "kube-controller-manager"),
    scheduler: join(folder, "kube-scheduler"),
  });
  // Nothing but the programs: no half-made file is left.
  expect((await readdir(folder)).toSorted()).toEqual([...files].toSorted());
  expect(machine.said.filter((line) => line.startsWith("building "))).toHaveLength(4);
  expect(machine.said.at(-1)).toMatch(/^built kube-scheduler in \d+ s$/);
  const builds = await asked();
  expect(builds).toHaveLength(4);
  for (const build of builds) expect(build).toMatch(/^build -trimpath -ldflags .*gitVersion=v1\.\d+\.\d+ .* -o /);

  machine.said.length = 0;
  expect(await find()).toEqual(programs);
  expect([machine.said, await asked()]).toEqual([[], builds]);
});

test("a complete folder of KUBEBUILDER_ASSETS is taken as it is, and nothing is built", async () => {
  const folder = await assets(...files);
  const programs = await find({ KUBEBUILDER_ASSETS: folder });
  expect(Object.values(programs)).toEqual(files.map((name) => join(folder, name)));
  expect(await asked()).toEqual([]);
});

test("of a folder of setup-envtest, with etcd and kube-apiserver only, the rest is built", async () => {
  const folder = await assets("etcd", "kube-apiserver", "kubectl");
  const programs = await find({ KUBEBUILDER_ASSETS: folder });
  expect([programs.etcd, programs.apiServer]).toEqual([join(folder, "etcd"), join(folder, "kube-apiserver")]);
  expect(programs.scheduler).toContain(join(machine.folder, "cache"));
  expect((await asked()).map((line) => line.slice(line.lastIndexOf("/") + 1))).toEqual([
    "kube-controller-manager",
    "kube-scheduler",
  ]);
});

test.each(["etcd", "kube-apiserver"])(
  "a KUBEBUILDER_ASSETS without %s is refused by name, not repaired",
  async (name) => {
    const folder = await assets(...files.filter((file) => file !== name));
    await expect(find({ KUBEBUILDER_ASSETS: folder })).rejects.toThrow(
      `KUBEBUILDER_ASSETS is ${folder}, which has no ${name}`,
    );
    expect(await asked()).toEqual([]);
  },
);

test("an empty KUBEBUILDER_ASSETS is none", async () => {
  await find({ KUBEBUILDER_ASSETS: "" });
  expect(await asked()).toHaveLength(4);
});

test("without Go, what to install is said", async () => {
  await rm(join(machine.folder, "bin/go"));
  await expect(find({ PATH: join(machine.folder, "bin") })).rejects.toThrow(
    "Go is needed to build a Kubernetes control plane: install it, or set KUBEBUILDER_ASSETS",
  );
});

test("a build that fails leaves nothing behind that the next one would take for a program", async () => {
  await goThatRuns(machine.folder, 'echo half > "$6"; exit 1');
  await expect(find()).rejects.toThrow(/^go build .* failed in /);
  const made = await readdir(join(machine.folder, "cache"), { recursive: true });
  expect(made.filter((name) => name.endsWith("etcd"))).toEqual([]);
  await goThatRuns(machine.folder, 'echo whole > "$6"');
  expect(await readFile((await find()).etcd, "utf8")).toBe("whole\n");
});

test("two builds of one program at a time do not disturb each other", async () => {
  const [one, other] = await Promise.all([find(), find()]);
  expect(one).toEqual(other);
  expect(await readFile(one.etcd, "utf8")).toBe("made\n");
});

test("a program of another module is installed at its version, once", async () => {
  const install = (): Promise<string> =>
    installedProgram("example.com/x/cmd/tool", "v1.2.3", { say: () => undefined, env: machine.env });
  const program = await install();
  expect(program).toBe(join(machine.folder, "cache/headgate/tool-v1.2.3/tool"));
  expect(await install()).toBe(program);
  expect(await asked()).toEqual(["install -trimpath -ldflags -s -w example.com/x/cmd/tool@v1.2.3"]);
});
