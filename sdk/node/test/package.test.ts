import { execFile, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const here = fileURLToPath(new URL("..", import.meta.url));
const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A project of a user: plain JavaScript and TypeScript, with the package from its tarball, and grpc-js beside it. */
let project: string;

const run = async (
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const { stdout } = await promisify(execFile)(command, [...args], { cwd: project, env: { ...process.env, ...env } });
  return stdout;
};

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "headgate-guard-"));
  await writeFile(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
  await promisify(execFile)("npm", ["pack", "--pack-destination", project], { cwd: here });
  const [tarball = ""] = (await readdir(project)).filter((name) => name.endsWith(".tgz"));
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", join(project, tarball)]);
}, 120_000);
afterAll(() => rm(project, { recursive: true }));

/** What the workspace has, in reach of the project. */
async function lend(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const at = join(project, "node_modules", name);
    await mkdir(join(at, ".."), { recursive: true });
    await symlink(join(root, "node_modules", name), at);
  }
}

/** The first Node of the PATH that is not the workspace's own. */
const machinesNode = (process.env["PATH"] ?? "")
  .split(delimiter)
  .filter((folder) => !folder.includes("node_modules"))
  .map((folder) => join(folder, "node"))
  .find((program) => spawnSync(program, ["--version"]).status === 0);

const versionOf = (program: string): number =>
  Number(/^v(\d+)/.exec(spawnSync(program, ["--version"], { encoding: "utf8" }).stdout)?.[1]);

const server = `
import { createServer } from "node:http";
import { guardConnect, guardFetch } from "@headgate/guard";

const guard = guardConnect("compute", { allow: ["/healthz"] });
const app = createServer((request, response) => guard(request, response, () => response.end("served")));
await new Promise((resolve) => app.listen(0, "127.0.0.1", resolve));
const ask = async (path) => (await fetch(\`http://127.0.0.1:\${app.address().port}\${path}\`)).status;
const plain = guardFetch("search", () => new Response("served"));
console.log(JSON.stringify([await ask("/"), await ask("/healthz"), (await plain(new Request("http://test/"))).status]));
app.close();
`;

test("what is packed is the program, its types, the licence and how to use it", async () => {
  const files = await readdir(join(project, "node_modules/@headgate/guard"));
  expect(files.sort()).toEqual(["LICENSE", "README.md", "dist", "package.json", "src"]);
  const licence = await readFile(join(root, "LICENSE"), "utf8");
  expect(await readFile(join(project, "node_modules/@headgate/guard/LICENSE"), "utf8")).toBe(licence);
});

test("it brings nothing else along", async () => {
  const lock = JSON.parse(await readFile(join(project, "package-lock.json"), "utf8")) as { readonly packages: object };
  expect(Object.keys(lock.packages)).toEqual(["", "node_modules/@headgate/guard"]);
});

test.for([
  ["the pinned Node", process.execPath],
  ["the Node of this machine", machinesNode],
] as const)("%s serves with it", async ([, node], context) => {
  if (node === undefined || versionOf(node) < 20) return context.skip("there is none from 20 on");
  await writeFile(join(project, "server.js"), server);
  const answered = async (active: string): Promise<unknown> =>
    JSON.parse(await run(node, ["server.js"], { ENDPOINTSCALER_GUARDRAIL: active, NODE_OPTIONS: "" }));
  expect(await answered("")).toEqual([200, 200, 200]);
  expect(await answered("compute")).toEqual([200, 200, 503]);
  expect(await answered("search")).toEqual([503, 200, 200]);
});

test("the entry for gRPC is there beside grpc-js, and both entries have types", async () => {
  await lend("@grpc/grpc-js", "@types/node");
  await writeFile(
    join(project, "typed.ts"),
    `import { createServer } from "node:http";
import { Server } from "@grpc/grpc-js";
import { guardConnect, guardFetch } from "@headgate/guard";
import type { GuardOptions } from "@headgate/guard";
import { guardGrpc } from "@headgate/guard/grpc";

const options: GuardOptions = { allow: ["/healthz"], retryAfterSeconds: 2 };
// @ts-expect-error: there is no such option
export const wrong: GuardOptions = { failOpen: true };
const guard = guardConnect("compute", options);
createServer((request, response) => { guard(request, response, () => response.end()); });
export const handler: (request: Request) => Response | Promise<Response> = guardFetch("compute", () => new Response("served"));
export const server = new Server({ interceptors: [guardGrpc({ "payments.PaymentService": "payments" }, { failClosed: true })] });
// @ts-expect-error: a method belongs to an endpoint's id
guardGrpc({ "payments.PaymentService": 1 });
`,
  );
  const options = ["--noEmit", "--strict", "--target", "es2022", "--types", "node"];
  for (const module of ["nodenext", "esnext"]) {
    const resolution = module === "esnext" ? "bundler" : module;
    const settings = [...options, "--module", module, "--moduleResolution", resolution];
    await run(process.execPath, [join(root, "node_modules/typescript-7/bin/tsc"), ...settings, "typed.ts"]);
  }
  const imported = 'import { guardGrpc } from "@headgate/guard/grpc"; console.log(typeof guardGrpc({}));';
  expect(await run(process.execPath, ["--input-type=module", "-e", imported])).toBe("function\n");
});
