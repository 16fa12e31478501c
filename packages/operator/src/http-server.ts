import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Server as NetServer } from "node:net";

import type { Runner } from "@headgate/kube";

import type { ListenAddress } from "./listen-address.ts";

/** A small HTTP server as a runner; `listening` resolves with the real port once it is bound. */
export interface HttpRunner extends Runner {
  readonly listening: Promise<number>;
}

/** Serves `handler` until the signal aborts, then closes every connection. Fails when the address can't be bound. */
export function httpServer(name: string, address: ListenAddress, handler: RequestListener): HttpRunner {
  const listening = Promise.withResolvers<number>();
  // Whoever waits for the port learns of a failure from the runner's own end; nobody has to wait.
  listening.promise.catch(() => undefined);
  return {
    name,
    listening: listening.promise,
    run: async (signal) => {
      const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, maxHeaderSize: 16_384 }, handler);
      const closed = Promise.withResolvers<undefined>();
      server.on("close", () => {
        closed.resolve(undefined);
      });
      try {
        listening.resolve(await bind(server, address));
      } catch (cause) {
        listening.reject(cause instanceof Error ? cause : new Error(String(cause)));
        throw cause;
      }
      signal.addEventListener("abort", () => {
        stop(server);
      });
      if (signal.aborted) stop(server);
      await closed.promise;
    },
  };
}

/** Resolves with the real port once the server listens; rejects when the address can't be bound. */
export function bind(server: NetServer, { host, port }: ListenAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function stop(server: Server): void {
  server.close();
  server.closeAllConnections();
}
