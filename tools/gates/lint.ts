import { singleCheck } from "./gate.ts";
import type { Gate } from "./gate.ts";
import { runProgram } from "./program.ts";

export const lintGate: Gate = {
  name: "lint",
  run: async () => {
    const { status, output } = await runProgram("eslint/bin/eslint.js", [".", "--max-warnings", "0"]);
    return singleCheck(status === 0 ? [] : [output.trim()]);
  },
};
