import { join } from "node:path";
import { root } from "../root.ts";
import { singleCheck } from "./gate.ts";
import type { Gate } from "./gate.ts";
import { runProgram } from "./program.ts";

/** The files under a folder that Prettier would change, and the ones that it can't read. */
export async function formatComplaints(folder: string): Promise<string[]> {
  const { status, output } = await runProgram(
    "prettier/bin/prettier.cjs",
    ["--config", join(root, ".prettierrc.json"), "--log-level", "warn", "--check", "."],
    { cwd: folder },
  );
  return status === 0 ? [] : [output.trim()];
}

export const formatGate: Gate = { name: "format", run: async () => singleCheck(await formatComplaints(root)) };
