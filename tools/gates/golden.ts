import { globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../root.ts";
import { singleCheck } from "./gate.ts";
import type { Gate } from "./gate.ts";
import { runProgram } from "./program.ts";
import type { Ended } from "./program.ts";

/** Where generators write; files elsewhere are nobody's output. */
export const generated: readonly string[] = ["packages/*/testdata/**", "docs/reference/**", "charts/headgate/crds/**"];

function contents(base: string): Map<string, string> {
  const files = generated.flatMap((pattern) => globSync(pattern, { cwd: base }));
  return new Map(
    files
      .filter((file) => statSync(join(base, file)).isFile())
      .map((file) => [file, readFileSync(join(base, file), "utf8")]),
  );
}

/**
 * Runs what writes the generated files, and names each file that is not what it would write: outdated, missing or left over.
 * Compares contents rather than asking git, so that work in progress doesn't matter; and puts back what was there.
 */
export async function staleFiles(base: string, write: () => Promise<void>): Promise<string[]> {
  const before = contents(base);
  await write();
  const after = contents(base);
  const stale = [...new Set([...before.keys(), ...after.keys()])].filter(
    (file) => before.get(file) !== after.get(file),
  );
  for (const file of stale) {
    const text = before.get(file);
    if (text === undefined) rmSync(join(base, file));
    else {
      mkdirSync(dirname(join(base, file)), { recursive: true });
      writeFileSync(join(base, file), text);
    }
  }
  return stale.toSorted();
}

/** Runs every golden suite in the mode in which it writes what it would otherwise compare with. */
export async function rewriteGolden({ show }: { readonly show: boolean }): Promise<Ended> {
  const args = ["run", "--project", "golden"];
  return await runProgram("vitest/vitest.mjs", args, { env: { GOLDEN: "write" }, show });
}

export const goldenGate: Gate = {
  name: "golden",
  run: async () => {
    const complaints: string[] = [];
    const stale = await staleFiles(root, async () => {
      const { status, output } = await rewriteGolden({ show: false });
      if (status !== 0) complaints.push(output.trim());
    });
    const cure = "is not what its generator writes: run `npm run golden` and read the diff";
    return singleCheck([...complaints, ...stale.map((file) => `${file} ${cure}`)]);
  },
};
