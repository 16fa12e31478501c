/**
 * Everything that CI runs, in order; `node tools/check.ts lint layers` runs some of it.
 * The last line is `N passed, N failed`; the exit status is 1 when anything failed.
 */
import { formatGate } from "./gates/format.ts";
import { closingLine } from "./gates/gate.ts";
import type { Gate, Verdict } from "./gates/gate.ts";
import { goldenGate } from "./gates/golden.ts";
import { layersGate } from "./gates/layers.ts";
import { lintGate } from "./gates/lint.ts";
import { testsGate } from "./gates/tests.ts";
import { typesGate } from "./gates/types.ts";

/** Cheap ones first; the canaries, which prove that each gate can fail, are among the tests. */
const gates: readonly Gate[] = [typesGate, layersGate, formatGate, lintGate, goldenGate, testsGate];

async function timed(gate: Gate): Promise<Verdict> {
  const start = performance.now();
  const verdict = await gate.run();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (verdict.failed > 0 && gate.streams !== true) console.log(verdict.details);
  console.log(`${verdict.failed === 0 ? "ok  " : "FAIL"} ${gate.name.padEnd(8)} ${seconds.padStart(6)} s`);
  return verdict;
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !gates.some((gate) => gate.name === name));
if (unknown.length > 0)
  throw new Error(`no gate is called ${unknown.join(", ")}: ${gates.map((g) => g.name).join(", ")}`);

const verdicts: Verdict[] = [];
for (const gate of gates) if (asked.length === 0 || asked.includes(gate.name)) verdicts.push(await timed(gate));
console.log(closingLine(verdicts));
process.exitCode = verdicts.some(({ failed }) => failed > 0) ? 1 : 0;
