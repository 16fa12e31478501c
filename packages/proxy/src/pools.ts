import type { Endpoint, Target } from "@headgate/views/route-table";
import type { Attempt, Outbound } from "./outbound.ts";
import { KeepAliveAgent, sendHttp1 } from "./send-http1.ts";
import { Http2Connection, sendHttp2 } from "./send-http2.ts";

/** Counts of one target, cumulative but for `inFlight`. */
export interface Load {
  inFlight: number;
  /** Requests that were given to the target, whatever came of them. */
  total: number;
  /** Those of them that the proxy had to answer itself. */
  failed: number;
}

/** An endpoint with its connections. It outlives its withdrawal for as long as requests are in progress. */
export interface Live {
  readonly endpoint: Endpoint;
  /** Requests and upgraded connections in progress, whatever target they came by. */
  inFlight: number;
  send(out: Outbound, fresh: boolean): Attempt;
  /** Closes idle connections; busy ones end with their request. */
  close(): void;
}

export interface LiveTarget {
  readonly lives: readonly Live[];
  readonly load: Load;
}

/** The endpoints of every target, with connections that are shared by all targets that reach the same endpoint. */
export interface Pools {
  set(key: string, target: Target | undefined): void;
  get(key: string): LiveTarget | undefined;
  entries(): Iterable<readonly [key: string, LiveTarget]>;
  /** Marks a request as in progress; the returned function ends it, once. */
  begin(target: LiveTarget, live: Live): () => void;
  close(): void;
}

interface Shared {
  readonly live: Live;
  users: number;
}

/** Where a connection to an address and port of an endpoint really goes. */
export type Reach = (address: string, port: number) => { readonly host: string; readonly port: number };

export function pools(reach: Reach = (host, port) => ({ host, port })): Pools {
  const shared = new Map<string, Shared>();
  const targets = new Map<string, LiveTarget & { readonly keys: readonly string[] }>();

  const dialled = (endpoint: Endpoint): Endpoint => {
    const { host, port } = reach(endpoint.address, endpoint.port);
    return { ...endpoint, address: host, port };
  };
  const closeWhenIdle = ({ live, users }: Shared): void => {
    if (users === 0 && live.inFlight === 0) live.close();
  };
  const release = (key: string): void => {
    const found = shared.get(key);
    if (found === undefined || --found.users > 0) return;
    shared.delete(key);
    retired.set(found.live, found);
    closeWhenIdle(found);
    if (found.live.inFlight === 0) retired.delete(found.live);
  };
  /** Withdrawn, with requests in progress. */
  const retired = new Map<Live, Shared>();

  return {
    set: (key, target) => {
      const before = targets.get(key);
      const keys: string[] = [];
      const lives = (target?.endpoints ?? []).map((endpoint) => {
        const sharedKey = `${target?.protocol ?? ""} ${endpoint.id} ${endpoint.address} ${endpoint.port}`;
        keys.push(sharedKey);
        let found = shared.get(sharedKey);
        if (found === undefined)
          shared.set(sharedKey, (found = { live: newLive(dialled(endpoint), target?.protocol ?? "http1"), users: 0 }));
        found.users += 1;
        return found.live;
      });
      for (const old of before?.keys ?? []) release(old);
      if (target === undefined) targets.delete(key);
      else targets.set(key, { lives, keys, load: before?.load ?? { inFlight: 0, total: 0, failed: 0 } });
    },
    get: (key) => targets.get(key),
    entries: () => targets.entries(),
    begin: ({ load }, live) => {
      live.inFlight += 1;
      load.inFlight += 1;
      let open = true;
      return () => {
        if (!open) return;
        open = false;
        live.inFlight -= 1;
        load.inFlight -= 1;
        const withdrawn = retired.get(live);
        if (withdrawn === undefined || live.inFlight > 0) return;
        retired.delete(live);
        closeWhenIdle(withdrawn);
      };
    },
    close: () => {
      for (const { live } of [...shared.values(), ...retired.values()]) live.close();
    },
  };
}

function newLive(endpoint: Endpoint, protocol: Target["protocol"]): Live {
  if (protocol === "h2c") {
    const connection = new Http2Connection(endpoint);
    return {
      endpoint,
      inFlight: 0,
      send: (out) => sendHttp2(connection, out),
      close: () => {
        connection.close();
      },
    };
  }
  const agent = new KeepAliveAgent();
  return {
    endpoint,
    inFlight: 0,
    send: (out, fresh) => sendHttp1(agent, endpoint, out, fresh),
    close: () => {
      agent.destroy();
    },
  };
}
