/**
 * The candidate that the text was most probably meant to be, or undefined when none is close (ties: the first).
 * One that goes on where the text ends, or the other way round, is closer than any misspelling.
 */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  const longer = candidates.find((one) => text.length > 1 && (one.startsWith(text) || text.startsWith(one)));
  if (longer !== undefined) return longer;
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const distance = editDistance(text, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return bestDistance <= Math.max(2, Math.floor(text.length / 3)) ? best : undefined;
}

/** Insertions, deletions and substitutions that turn one text into the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
