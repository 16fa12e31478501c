import type { Collection } from "@headgate/delta";
import type { Binding, Listener, Route, Target } from "@headgate/views/route-table";
import type { Reason } from "./answers.ts";
import { exchange } from "./exchange.ts";
import type { Surroundings } from "./exchange.ts";
import type { Forwarded } from "./header-list.ts";
import { openHttpSocket } from "./http-socket.ts";
import type { HttpSocket, SocketLimits } from "./http-socket.ts";
import { matcher, socketOf } from "./match.ts";
import type { Random } from "./pick.ts";
import { pools } from "./pools.ts";
import type { Load, Reach } from "./pools.ts";
import { serveUpgrade } from "./upgrade.ts";

/** The outputs of the `route-table` view that are served. */
export interface Table {
  readonly listeners: Collection<Listener>;
  readonly routes: Collection<Route>;
  readonly targets: Collection<Target>;
}

export interface ProxyOptions {
  /** Where listeners whose Gateway asks for no address are bound; default 0.0.0.0. */
  readonly bindAddress?: string;
  /** Added to listener ports below 1024, for where those are not allowed; default 0. */
  readonly portOffset?: number;
  /** Replaces `portOffset`: the port to bind for a listener's port, 0 for any free one. */
  readonly portOf?: (listenerPort: number) => number;
  /** What strangers say in `X-Forwarded-*` is replaced by default; `append` is for a proxy that stands behind a trusted gateway. */
  readonly forwarded?: Forwarded;
  readonly limits?: Partial<SocketLimits & { readonly headerCount: number }>;
  /** Default 5,000 ms. */
  readonly connectTimeoutMs?: number;
  /** How many endpoints, or connections, a request may be tried on in all; default 3. */
  readonly attempts?: number;
  /** How long a listener that is removed, or the proxy when it closes, lets what is in progress go on; default 30,000 ms. */
  readonly drainTimeoutMs?: number;
  /** How long after a failure to listen it is tried again; default 1,000 ms. */
  readonly rebindMs?: number;
  /** For pods that are not reached at their address, such as those of an embedded cluster whose ports are mapped. */
  readonly reach?: Reach;
  /** In [0, 1); default Math.random. */
  readonly random?: Random;
  /** Told of what should never happen while serving a request; thrown, uncaught, when left out. The request is broken off. */
  readonly onBug?: (bug: unknown) => void;
  /** Told of each socket that was opened, could not be, or is gone; keys as `socketKey`. */
  readonly onBinding?: (socket: string, binding: Binding | undefined) => void;
}

export interface ProxyStats {
  readonly routes: number;
  readonly sockets: readonly {
    readonly socket: string;
    readonly address: string;
    readonly port: number;
    readonly connections: number;
  }[];
  /** By key of the target. */
  readonly targets: ReadonlyMap<string, Readonly<Load>>;
  /** Requests in progress by endpoint id. */
  readonly endpoints: ReadonlyMap<string, number>;
  /** What the proxy answered itself, by reason; cumulative. */
  readonly answers: ReadonlyMap<Reason, number>;
}

export interface Proxy {
  /** Resolves when every listener that the table has now is bound, or could not be. */
  settled(): Promise<void>;
  /** Where a socket is bound, by its key. */
  where(socket: string): { readonly address: string; readonly port: number } | undefined;
  stats(): ProxyStats;
  /** Stops listening, lets what is in progress end within the drain timeout, and closes everything. */
  close(): Promise<void>;
}

const defaultLimits = {
  headerBytes: 32_768,
  headersTimeoutMs: 10_000,
  idleTimeoutMs: 75_000,
  connections: 20_000,
  streams: 256,
  headerCount: 200,
};

interface Opening {
  readonly listeners: Set<string>;
  socket: HttpSocket | undefined;
  retry: NodeJS.Timeout | undefined;
  settled: Promise<void>;
  closed: boolean;
}

/** Serves a route table for as long as it lives: each change takes effect with the next request, and no connection is dropped for it. */
export function startProxy(table: Table, options: ProxyOptions = {}): Proxy {
  const {
    bindAddress = "0.0.0.0",
    portOffset = 0,
    connectTimeoutMs = 5_000,
    attempts = 3,
    drainTimeoutMs = 30_000,
  } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const portOf = options.portOf ?? ((port: number) => (port < 1024 ? port + portOffset : port));
  const routes = matcher();
  const live = pools(options.reach);
  const counts = new Map<Reason, number>();
  const openings = new Map<string, Opening>();
  const listeners = new Map<string, string>();
  const draining = new Set<Promise<void>>();
  const onAnswer = (reason: Reason): void => {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  };

  const onBug =
    options.onBug ??
    ((bug: unknown) => {
      process.nextTick(() => {
        throw bug;
      });
    });

  const open = async (key: string, opening: Opening, listener: Listener): Promise<void> => {
    const host = listener.address ?? bindAddress;
    const wanted = portOf(listener.port);
    const around = (): Surroundings => ({
      matcher: routes,
      socket: key,
      port: listener.port,
      limits,
      forwarded: options.forwarded ?? "replace",
      random: options.random ?? Math.random,
      pools: live,
      connectTimeoutMs,
      attempts,
      onAnswer,
      onBug,
    });
    try {
      const socket = await openHttpSocket({
        host,
        port: wanted,
        limits,
        onAnswer,
        onRequest: (request, responder) => {
          exchange(request, responder, around());
        },
        onUpgrade: (request, client, head) => {
          try {
            serveUpgrade(request, client, head, around());
          } catch (bug) {
            client.destroy();
            onBug(bug);
          }
        },
      });
      opening.socket = socket;
      if (opening.closed) drain(opening);
      else options.onBinding?.(key, { bound: true, message: `Listening on ${host}:${socket.port}.` });
    } catch (error) {
      if (opening.closed) return;
      const why = error instanceof Error ? error.message : String(error);
      options.onBinding?.(key, { bound: false, message: `Can't listen on ${host}:${wanted}: ${why}.` });
      opening.retry = setTimeout(() => void open(key, opening, listener), options.rebindMs ?? 1_000);
    }
  };
  const drain = (opening: Opening): void => {
    opening.closed = true;
    clearTimeout(opening.retry);
    const done = opening.socket?.drain(drainTimeoutMs).finally(() => draining.delete(done ?? Promise.resolve()));
    if (done !== undefined) draining.add(done);
  };

  const setListener = (key: string, listener: Listener | undefined): void => {
    const before = listeners.get(key);
    const socket = listener && socketOf(listener);
    routes.setListener(key, listener);
    if (before === socket) return;
    if (before !== undefined) {
      listeners.delete(key);
      const opening = openings.get(before);
      opening?.listeners.delete(key);
      if (opening?.listeners.size === 0) {
        openings.delete(before);
        drain(opening);
        options.onBinding?.(before, undefined);
      }
    }
    if (listener === undefined || socket === undefined) return;
    listeners.set(key, socket);
    let opening = openings.get(socket);
    if (opening === undefined) {
      opening = {
        listeners: new Set(),
        socket: undefined,
        retry: undefined,
        settled: Promise.resolve(),
        closed: false,
      };
      openings.set(socket, opening);
      opening.settled = open(socket, opening, listener);
    }
    opening.listeners.add(key);
  };

  // Targets before routes, and routes before listeners: nothing is served before what it leads to is known.
  const unsubscribe = [
    follow(table.targets, (key, target) => {
      live.set(key, target);
    }),
    follow(table.routes, (key, route) => {
      routes.setRoute(key, route);
    }),
    follow(table.listeners, setListener),
  ];

  return {
    settled: async () => {
      await Promise.all([...openings.values()].map((opening) => opening.settled));
    },
    where: (key) => openings.get(key)?.socket,
    stats: () => ({
      routes: table.routes.size,
      sockets: [...openings].flatMap(([socket, { socket: bound }]) =>
        bound === undefined
          ? []
          : [{ socket, address: bound.address, port: bound.port, connections: bound.connections() }],
      ),
      targets: new Map([...live.entries()].map(([key, { load }]) => [key, { ...load }])),
      endpoints: new Map(
        [...live.entries()].flatMap(([, { lives }]) => lives.map((l) => [l.endpoint.id, l.inFlight] as const)),
      ),
      answers: new Map(counts),
    }),
    close: async () => {
      for (const stop of unsubscribe) stop();
      for (const opening of openings.values()) {
        await opening.settled;
        drain(opening);
      }
      openings.clear();
      while (draining.size > 0) await Promise.all(draining);
      live.close();
    },
  };
}

/** Tells the rows that there are, and every change from then on. */
function follow<R>(rows: Collection<R>, set: (key: string, row: R | undefined) => void): () => void {
  for (const [key, row] of rows.entries()) set(key, row);
  return rows.subscribe((changes) => {
    for (const { key, after } of changes) set(key, after);
  });
}
