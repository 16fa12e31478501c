import type { Backend } from "@headgate/views/route-table";

/** A number in [0, 1). */
export type Random = () => number;

/** One backend by weight; undefined when the weights add up to nothing. */
export function pickBackend(backends: readonly Backend[], random: Random): Backend | undefined {
  const total = backends.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return undefined;
  let left = random() * total;
  return backends.find(({ weight }) => (left -= weight) < 0) ?? backends.findLast(({ weight }) => weight > 0);
}

/** The less busy of two different random choices: near-best balance at the cost of two draws. */
export function lessBusy<E>(choices: readonly E[], inFlight: (choice: E) => number, random: Random): E | undefined {
  const first = Math.floor(random() * choices.length);
  const a = choices[first];
  if (a === undefined || choices.length === 1) return a;
  const second = Math.floor(random() * (choices.length - 1));
  const b = choices[second < first ? second : second + 1];
  return b !== undefined && inFlight(b) < inFlight(a) ? b : a;
}
