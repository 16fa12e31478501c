/** `npm run conformance:pipelines -- FILE.jsonl`: a line for each difference, then `N passed, N failed`. */
import { readFileSync } from "node:fs";

import { judgeAll } from "./judge.ts";
import { readVectors } from "./vector.ts";

const [file, ...rest] = process.argv.slice(2);
if (file === undefined || rest.length > 0) {
  process.stderr.write("usage: npm run conformance:pipelines -- FILE.jsonl\n");
  process.exitCode = 2;
} else {
  const { lines, passed, failed } = judgeAll(readVectors(readFileSync(file, "utf8")));
  for (const line of lines) process.stdout.write(`${line}\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}
