/**
 * Everything that needs only Node, in order, and the Guard for Go where Go is; `node tools/check.ts lint layers` runs some of it. With
 * `HEADGATE_RIGS=local,kubernetes`, as in CI, the suites of the real control plane too, and Go must be there.
 * The last line is `N passed, N failed`; the exit status is 1 when anything failed.
 */
import { formatGate } from "./gates/format.ts";
import { closingLine } from "./gates/gate.ts";
import type { Gate, Verdict } from "./gates/gate.ts";
import { goGate } from "./gates/go.ts";
import { goldenGate } from "./gates/golden.ts";
import { layersGate } from "./gates/layers.ts";
import { lintGate } from "./gates/lint.ts";
import { kubernetesGate, testsGate } from "./gates/tests.ts";
import { typesGate } from "./gates/types.ts";

const rigs = (process.env["HEADGATE_RIGS"] ?? "local").split(",");
/** Cheap ones first; the canaries, which prove that each gate can fail, are among the tests. */
const gates: readonly Gate[] = [
  typesGate,
  layersGate,
  formatGate,
  lintGate,
  goldenGate,
  goGate({ required: rigs.includes("kubernetes") }),
  testsGate,
  kubernetesGate,
];
const unasked = rigs.includes("kubernetes") ? [] : [kubernetesGate];

async function timed(gate: Gate): Promise<Verdict> {
  const start = performance.now();
  const verdict = await gate.run();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (verdict.failed + verdict.skipped > 0 && gate.streams !== true) console.log(verdict.details);
  const word = verdict.failed > 0 ? "FAIL" : verdict.passed > 0 ? "ok" : "skip";
  console.log(`${word.padEnd(4)} ${gate.name.padEnd(10)} ${seconds.padStart(6)} s`);
  return verdict;
}

const unknownRig = rigs.find((rig) => rig !== "local" && rig !== "kubernetes");
if (unknownRig !== undefined) throw new Error(`HEADGATE_RIGS names ${unknownRig}: the rigs are local and kubernetes`);
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !gates.some((gate) => gate.name === name));
if (unknown.length > 0)
  throw new Error(`no gate is called ${unknown.join(", ")}: ${gates.map((g) => g.name).join(", ")}`);

const verdicts: Verdict[] = [];
for (const gate of gates)
  if (asked.length === 0 ? !unasked.includes(gate) : asked.includes(gate.name)) verdicts.push(await timed(gate));
console.log(closingLine(verdicts));
process.exitCode = verdicts.some(({ failed }) => failed > 0) ? 1 : 0;
