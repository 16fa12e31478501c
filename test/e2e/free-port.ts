import { createServer } from "node:net";

/**
 * Below those that systems give to whoever asks for any port or connects without naming one, those that pods are mapped to, and those of the
 * stages that API servers are killed on, so that nobody else comes upon it.
 */
const [lowest, count] = [10_000, 700] as const;

/** Each worker has ports of its own; two runs on one machine begin at different ones. */
const first = lowest + count * (Number(process.env["VITEST_POOL_ID"] ?? 0) % 9);
let next = process.pid * 61;

/** A port of the address that is free, and that nobody gets who does not ask for it by its number. Each is given once. */
export async function aFreePort(host = "127.0.0.1"): Promise<number> {
  for (let tried = 0; tried < count; tried += 1) {
    const port = first + (next++ % count);
    if (await isFree(port, host)) return port;
  }
  throw new Error(`no port of ${host} is free`);
}

function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => {
      resolve(false);
    });
    server.listen({ port, host, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
