import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApiServer } from "@headgate/local";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { aFreePort } from "../e2e/free-port.ts";
import { runHeadgate } from "../e2e/headgate-process.ts";
import { root } from "../../tools/root.ts";
import { assemble } from "./dockerfile.ts";
import type { Image } from "./dockerfile.ts";

/** Someone who owns none of the files; only root can become them, anyone else stays who they are. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

let folder: string;
let image: Image;
/** Why npm could not get the packages; nothing here can be tested without them. */
let unreachable: string | undefined;

// A file system and processes that start from it, on a machine that may be busy.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-image-"));
  chmodSync(folder, 0o755);
  try {
    image = assemble(`${root}Dockerfile`, {
      context: root,
      into: folder,
      // The packages are in npm's cache since the tests themselves were installed.
      environment: { ...process.env, npm_config_prefer_offline: "true" },
    });
  } catch (error) {
    unreachable = /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ENOTCACHED)\b/.exec(String(error))?.[0];
    if (unreachable === undefined) throw error;
    return;
  }
  // The base image has Node where everybody can run it; the one that runs the tests may be in somebody's home.
  mkdirSync(join(folder, "bin"));
  copyFileSync(process.execPath, join(folder, "bin", "node"));
  for (const file of globSync("**/*", { cwd: image.root, withFileTypes: true })) {
    if (file.isSymbolicLink()) continue;
    chmodSync(join(file.parentPath, file.name), file.isDirectory() ? 0o555 : 0o444);
  }
});
beforeEach(({ skip }) => {
  if (unreachable !== undefined) skip(`npm can't get the packages of the image: ${unreachable}`);
});
afterAll(() => {
  for (const entry of globSync("**/*", { cwd: folder, withFileTypes: true })) {
    if (entry.isDirectory()) chmodSync(join(entry.parentPath, entry.name), 0o755);
  }
  rmSync(folder, { recursive: true });
});

interface Started {
  readonly errors: () => string;
  readonly stop: () => Promise<number | null>;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

/** Runs the image's entry point as nobody, with nothing in the environment but the image's own. */
function start(args: readonly string[], input = ""): Started {
  const [node = "", ...entry] = image.entrypoint.map((word) => word.replace(/^\/app/, join(image.root, "app")));
  expect(node).toBe("node");
  const child = spawn(join(folder, "bin", "node"), [...entry, ...args], {
    cwd: join(image.root, "app"),
    env: image.environment,
    ...nobody,
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    out += part;
  });
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    err += part;
  });
  child.stdin.on("error", () => undefined).end(input);
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, out, err }));
  return {
    errors: () => err,
    ended,
    stop: async () => {
      child.kill("SIGTERM");
      return (await ended).code;
    },
  };
}

const run = (args: readonly string[], input?: string): Started["ended"] => start(args, input).ended;

test("the image is not root's, and holds no embedded cluster, no test machinery and no development tools", () => {
  expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  const packages = globSync("packages/*", { cwd: join(image.root, "app") }).map((name) => name.slice(9));
  expect(packages.toSorted()).toEqual(["api", "cli", "delta", "kube", "operator", "pipeline", "proxy", "views"]);
  for (const name of ["@headgate/local", "@headgate/testkit", "vitest", "typescript", "eslint", "node"]) {
    expect(existsSync(join(image.root, "app/node_modules", name))).toBe(false);
  }
  const { version } = JSON.parse(readFileSync(join(image.root, "app/package.json"), "utf8")) as { version: string };
  expect(version).toMatch(/^\d/);
});

test("the base image is the Node that the packages ask for", () => {
  const bases = [...readFileSync(`${root}Dockerfile`, "utf8").matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
  const { devDependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    devDependencies: { node: string };
  };
  const [major = ""] = devDependencies.node.split(".");
  expect(new Set(bases)).toEqual(new Set([`node:${major}-slim`]));
});

test("the commands start, as an ordinary user on files that can't be written", async () => {
  const { code, out } = await run(["--help"]);
  expect(code).toBe(0);
  const names = [...out.matchAll(/^ {2}([a-z]+) \[options\]/gm)].map(([, name = ""]) => name);
  expect(names).toEqual(expect.arrayContaining(["local", "operator", "proxy", "render", "status", "explain"]));
  for (const name of ["operator", "proxy"]) expect(await run([name, "--help"])).toMatchObject({ code: 0, err: "" });
});

test("render says the same as from a clone", async () => {
  const manifests = globSync("examples/pod-routes/*.yaml", { cwd: root }).map((file) =>
    readFileSync(root + file, "utf8"),
  );
  const input = manifests.join("\n---\n");
  const here = await runHeadgate(["render", "-f", "-"], input);
  expect(here.out).toContain("kind: HTTPRoute");
  expect(await run(["render", "-f", "-"], input)).toEqual(here);
});

test("headgate local says that it is not there", async () => {
  const { code, err } = await run(["local"]);
  expect(code).toBe(1);
  expect(err).toBe(
    "error: the embedded cluster (@headgate/local) is not part of this installation; run headgate local from a clone\n",
  );
});

test("operator and proxy run against an API server until they are told to end", async () => {
  const server = await startApiServer({});
  try {
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, server.kubeconfig(), { mode: 0o644 });
    const operator = start([
      "operator",
      `--kubeconfig=${kubeconfig}`,
      "--metrics-bind-address=127.0.0.1:0",
      "--health-probe-bind-address=127.0.0.1:0",
    ]);
    const probe = `127.0.0.1:${String(await aFreePort())}`;
    const proxy = start(["proxy", `--kubeconfig=${kubeconfig}`, `--health-probe-bind-address=${probe}`]);
    await vi.waitFor(async () => {
      expect(operator.errors()).toContain('"msg":"leading"');
      expect((await fetch(`http://${probe}/healthz`)).status).toBe(200);
      expect(await (await fetch(`http://${probe}/readyz`)).text()).toContain("[+]listeners ok");
    }, 150_000);
    expect(await operator.stop()).toBe(0);
    expect(await proxy.stop()).toBe(0);
    expect(proxy.errors()).not.toContain("Error");
  } finally {
    await server.close();
  }
});
