import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** A way to a server whose connections can go dead: no byte arrives any more, and nobody is told. */
export interface SilentProxy {
  readonly port: number;
  /** Lets connections that there are go dead, those that are chosen by their number; how many. */
  silence(chosen: (index: number) => boolean): number;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  silent: boolean;
}

/** Passes bytes on, both ways, until it is told not to. */
export async function startSilentProxy(target: { readonly host: string; readonly port: number }): Promise<SilentProxy> {
  const pairs = new Set<Pair>();
  const listener = createServer((client) => {
    const pair: Pair = { client, server: connect(target), silent: false };
    pairs.add(pair);
    pass(pair, pair.client, pair.server);
    pass(pair, pair.server, pair.client);
    client.on("close", () => pairs.delete(pair));
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    port: (listener.address() as AddressInfo).port,
    silence: (chosen) => {
      const dying = [...pairs].filter((pair, index) => !pair.silent && chosen(index));
      for (const pair of dying) pair.silent = true;
      return dying.length;
    },
    close: async () => {
      const closed = once(listener, "close");
      listener.close();
      for (const { client, server } of pairs) {
        client.destroy();
        server.destroy();
      }
      await closed;
    },
  };
}

function pass(pair: Pair, from: Socket, to: Socket): void {
  from.on("data", (bytes) => {
    if (!pair.silent) to.write(bytes);
  });
  from.on("end", () => {
    if (!pair.silent) to.end();
  });
  // Whoever leaves a dead connection does so alone; the server is spared the remains.
  from.on("close", () => {
    if (!pair.silent || from === pair.client) to.destroy();
  });
  from.on("error", () => undefined);
}
