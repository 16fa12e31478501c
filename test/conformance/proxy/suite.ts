import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RequestListener } from "node:http";
import { startBackend } from "./backend.ts";
import type { Backend } from "./backend.ts";
import { call, seenBy } from "./client.ts";
import type { Call, Reply } from "./client.ts";
import { gateway, gatewayClass, httpRoute, service } from "./objects.ts";
import type { RouteSpec } from "./objects.ts";
import type { OpenRig, Rig } from "./rig.ts";

/** A rig with three backends behind Services of the same names: `red`, `green` and `blue`. */
export interface Stage {
  readonly rig: OpenRig;
  readonly red: Backend;
  readonly green: Backend;
  readonly blue: Backend;
  /** Starts a further backend, whose Service the check applies; it ends with the suite at the latest. */
  readonly backend: (name: string, handler: RequestListener) => Promise<Backend>;
  /** Serves these routes, and no others, for the length of `check`. */
  readonly with: (routes: readonly RouteSpec[], check: () => Promise<void>) => Promise<void>;
  readonly get: (path: string, more?: Call) => Promise<Reply>;
}

export type Check = (stage: Stage) => Promise<void>;

/** What a Gateway API data plane must do with HTTP requests; each check is a sentence. */
const checks: Readonly<Record<string, Check>> = {};

/** Adds checks to the suite. Names must be new. */
export function define(more: Readonly<Record<string, Check>>): void {
  for (const [name, check] of Object.entries(more)) {
    if (name in checks) throw new Error(`two checks are named "${name}"`);
    (checks as Record<string, Check>)[name] = check;
  }
}

/** Runs every check on a rig. A known gap must fail; a gap that names no check is an error. */
export function proxySuite({ name, open, knownGaps = {} }: Rig): void {
  for (const gap of Object.keys(knownGaps))
    if (!(gap in checks)) throw new Error(`${name}: no check is named "${gap}"`);
  describe(name, () => {
    let stage: Stage;
    let close = async (): Promise<void> => {
      await Promise.resolve();
    };
    beforeAll(async () => {
      const rig = await open();
      const backends: Backend[] = [];
      const start = async (backend: string, handler?: RequestListener): Promise<Backend> => {
        const started = await startBackend(backend, handler, rig.ownHost);
        backends.push(started);
        return started;
      };
      const [red, green, blue] = [await start("red"), await start("green"), await start("blue")];
      const services = [red, green, blue].flatMap((b) => service(b.name, [{ port: b.port }]));
      await rig.apply([gatewayClass, gateway([{ name: "http", port: 80 }]), ...services]);
      stage = {
        rig,
        red,
        green,
        blue,
        backend: start,
        with: serving(rig),
        get: (path, more) => call(rig.where(80), { path, ...more }),
      };
      close = async () => {
        await rig.close();
        await Promise.all(backends.map((b) => b.close()));
      };
    });
    afterAll(() => close());
    for (const [sentence, check] of Object.entries(checks))
      (sentence in knownGaps ? test.fails : test)(sentence, async () => {
        await check(stage);
      });
  });
}

function serving(rig: OpenRig): Stage["with"] {
  return async (routes, check) => {
    const objects = routes.map((route, i) => httpRoute({ name: `route-${i}`, ...route }));
    await rig.apply(objects);
    try {
      await check();
    } finally {
      await rig.remove(objects);
    }
  };
}

/** A reference to a backend by its Service. */
export function to(name: string, more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return { name, port: 80, ...more };
}

/** Expects that a backend answered. */
export function expectFrom(reply: Reply, backend: string): void {
  expect(reply.status).toBe(200);
  expect(seenBy(reply).backend).toBe(backend);
}

/** Expects an answer that the data plane gave itself. */
export function expectStatus(reply: Reply, status: number): void {
  expect(reply.headers["x-backend"]).toBeUndefined();
  expect(reply.status).toBe(status);
}
