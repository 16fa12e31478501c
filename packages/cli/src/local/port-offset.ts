import { createServer } from "node:net";

/** Tried in this order for listener ports below 1024, which an ordinary user may not bind. */
const offsets = [8_000, 18_000, 28_000] as const;

/** The first offset under which the port of the demo's Gateway (80) is free on `host`; the first one when none is. */
export async function freePortOffset(host: string): Promise<number> {
  for (const offset of offsets) if (await isFree(host, 80 + offset)) return offset;
  return offsets[0];
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => {
      resolve(false);
    });
    probe.listen({ host, port, exclusive: true }, () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}
