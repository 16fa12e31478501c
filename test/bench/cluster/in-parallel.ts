/** Calls `run` with 0 to `count - 1`, so many of them at once. */
export async function inParallel(count: number, atOnce: number, run: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
