/**
 * `npm run bench -- NAME [--rig RIG]` runs `test/bench/NAME.ts`, ends with a line for each of its bars, and exits 1 when one is missed.
 * On the rig `kubernetes` it builds what is missing of a real control plane, and runs in a network namespace of its own.
 */
import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";

import { controlPlanePrograms, isInOwnNetwork, runInOwnNetwork } from "@headgate/local";

import { line, met, rigs } from "./bar.ts";
import type { Bench, Rig } from "./bar.ts";

const names = readdirSync(new URL(".", import.meta.url))
  .filter((file) => file.endsWith(".ts") && file !== "main.ts" && file !== "bar.ts")
  .map((file) => file.slice(0, -".ts".length))
  .sort();
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { rig: { type: "string", default: "local" } },
});
const [name = "", ...rest] = positionals;
const rig = rigs.find((one) => one === values.rig);

if (!names.includes(name) || rest.length > 0 || rig === undefined) {
  const usage = `npm run bench -- NAME [--rig ${rigs.join("|")}], where NAME is one of: ${names.join(", ")}`;
  process.stderr.write(`usage: ${usage}\n`);
  process.exitCode = 2;
} else if (rig === "kubernetes" && !isInOwnNetwork()) {
  await controlPlanePrograms({
    say: (said) => {
      process.stderr.write(`kubernetes rig: ${said}\n`);
    },
  });
  process.exitCode = await runInOwnNetwork([process.execPath, ...process.execArgv, ...process.argv.slice(1)]);
} else {
  process.exitCode = await run(name, rig);
}

async function run(name: string, rig: Rig): Promise<number> {
  const { bench } = (await import(`./${name}.ts`)) as { readonly bench: Bench };
  const bars = await bench(rig);
  if (bars.length === 0) throw new Error(`bench ${name} returned no bar`);
  for (const bar of bars) process.stdout.write(`${line(bar)}\n`);
  return bars.every(met) ? 0 : 1;
}
