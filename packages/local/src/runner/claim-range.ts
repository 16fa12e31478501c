import { once } from "node:events";
import * as net from "node:net";

/** Addresses that pods of this runner may have and nobody else's on this machine. */
export interface Range {
  readonly cidr: string;
  /** Leaves them to others. */
  give(): Promise<void>;
}

/** Bound on the first address of a range by whoever has it; outside of what the system gives to clients. */
const claimPort = 61_127;
/** Of 127.16.0.0/12, which is cut into this many ranges of 16,384 addresses. */
const count = 64;

/**
 * Takes a range of 127.16.0.0/12 that no other runner of this machine has: two clusters side by side would otherwise give the
 * same address to two pods, and one's probes and requests would reach the other's. The claim is a listening socket, so it
 * ends with this process, by whatever means. A runner that starts again in the same process finds the range that it had.
 * Throws an Error when none is left.
 */
export async function claimRange(): Promise<Range> {
  for (let tried = 0; tried < count; tried += 1) {
    const index = (process.pid + tried) % count;
    const prefix = `127.${String(16 + Math.floor(index / 4))}.${String((index % 4) * 64)}`;
    const claim = await listen(`${prefix}.1`);
    if (claim === undefined) continue;
    return {
      cidr: `${prefix}.0/18`,
      give: async () => {
        claim.close();
        await once(claim, "close");
      },
    };
  }
  throw new Error(`all ranges of pod addresses are taken: something listens at port ${String(claimPort)} of each`);
}

/** Undefined when somebody listens there. */
async function listen(host: string): Promise<net.Server | undefined> {
  const server = net.createServer((socket) => socket.destroy());
  server.listen({ host, port: claimPort, exclusive: true });
  try {
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw error;
  }
  return server.unref();
}
