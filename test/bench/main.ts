/** `npm run bench -- NAME` runs `test/bench/NAME.ts`, ends with a line for each of its bars, and exits 1 when one is missed. */
import { readdirSync } from "node:fs";
import type { Bench } from "./bar.ts";
import { line, met } from "./bar.ts";

const names = readdirSync(new URL(".", import.meta.url))
  .filter((file) => file.endsWith(".ts") && file !== "main.ts" && file !== "bar.ts")
  .map((file) => file.slice(0, -".ts".length))
  .sort();
const [name = "", ...rest] = process.argv.slice(2);

if (!names.includes(name) || rest.length > 0) {
  process.stderr.write(`usage: npm run bench -- NAME, where NAME is one of: ${names.join(", ")}\n`);
  process.exitCode = 2;
} else {
  const { bench } = (await import(`./${name}.ts`)) as { readonly bench: Bench };
  const bars = await bench();
  if (bars.length === 0) throw new Error(`bench ${name} returned no bar`);
  for (const bar of bars) process.stdout.write(`${line(bar)}\n`);
  process.exitCode = bars.every(met) ? 0 : 1;
}
