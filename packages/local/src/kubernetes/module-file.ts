import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, rename } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";

import { type FindOptions, cacheFolder } from "./programs.ts";

/** A Go module at a version; its name in the cache is the last part of its path. */
export interface Module {
  readonly path: string;
  readonly version: string;
}

/**
 * The path of a file of a Go module, in the user's cache: copied there once, from what the Go toolchain downloads and checks. Throws
 * when there is no Go, and when the module has no such file.
 */
export async function moduleFile(
  { path, version }: Module,
  file: string,
  { say, env = process.env }: FindOptions,
): Promise<string> {
  const kept = join(cacheFolder(env), `${basename(path)}-${version}`, file);
  if (existsSync(kept)) return kept;
  say(`fetching ${file} of ${path} ${version}, once`);
  const args = ["mod", "download", "-json", `${path}@${version}`];
  const { stdout } = await promisify(execFile)("go", args, { cwd: homedir(), env: { ...process.env, GOFLAGS: "" } });
  const { Dir: folder } = JSON.parse(stdout) as { readonly Dir: string };
  await mkdir(dirname(kept), { recursive: true });
  const copy = `${kept}.${randomUUID()}`;
  await copyFile(join(folder, file), copy);
  await rename(copy, kept);
  return kept;
}
