import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder of planted files that is deleted when the scope ends. */
export interface Plant extends Disposable {
  readonly folder: string;
}

/** Plants files, by path relative to a new temporary folder. */
export function plant(files: Readonly<Record<string, string>>): Plant {
  const folder = mkdtempSync(join(tmpdir(), "headgate-canary-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return {
    folder,
    [Symbol.dispose]: () => {
      rmSync(folder, { recursive: true });
    },
  };
}
