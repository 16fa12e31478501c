import { existsSync } from "node:fs";
import { join } from "node:path";
import { pureRooms } from "../layers/rooms.ts";
import { root } from "../root.ts";
import { singleCheck } from "./gate.ts";
import type { Gate } from "./gate.ts";
import { runProgram } from "./program.ts";

/** All sources, all tests and tools, and each pure package alone, where no ambient type exists. */
export const typeProjects: readonly string[] = [
  "tsconfig.json",
  "tsconfig.test.json",
  ...pureRooms.map((name) => `packages/${name}/tsconfig.json`),
];

/** Type-checks one project with TypeScript 7; returns the compiler's words, or nothing when it is content. */
export async function typeErrors(project: string): Promise<string[]> {
  if (!existsSync(project)) return [`${project} is missing`];
  const { status, output } = await runProgram("typescript-7/bin/tsc", ["-p", project, "--pretty", "false"]);
  return status === 0 ? [] : [output.trim() || `${project}: the compiler ended with ${String(status)}`];
}

export const typesGate: Gate = {
  name: "types",
  run: async () => {
    const complaints: string[] = [];
    for (const project of typeProjects) complaints.push(...(await typeErrors(join(root, project))));
    return singleCheck(complaints);
  },
};
