import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import type { FindOptions } from "./programs.ts";

/** A Go module at a version. */
export interface Module {
  readonly path: string;
  readonly version: string;
}

/**
 * The path of a file of a Go module, where the Go toolchain keeps what it has downloaded and checked. Throws when there is no Go, and
 * when there is no such module.
 */
export async function moduleFile(
  { path, version }: Module,
  file: string,
  { say }: Pick<FindOptions, "say">,
): Promise<string> {
  say(`reading ${file} of ${path} ${version}`);
  const args = ["mod", "download", "-json", `${path}@${version}`];
  const { stdout } = await promisify(execFile)("go", args, { cwd: homedir(), env: { ...process.env, GOFLAGS: "" } });
  const { Dir: folder } = JSON.parse(stdout) as { readonly Dir: string };
  return join(folder, file);
}
