import { connect, pause, systemClock } from "@headgate/kube";
import { createStorage, startApiServer } from "@headgate/local";
import { expect, test } from "vitest";
import { chance, seeds } from "../kube/chance.ts";
import type { FaultRates } from "../kube/fault-proxy.ts";
import { startFaultProxy } from "../kube/fault-proxy.ts";
import { quickClock } from "../kube/quick-clock.ts";
import { act, wanted } from "./cluster.ts";
import { startListeners } from "./listeners.ts";

// A program that listens to a view hears the truth, each change once, whatever befalls the connection to the API server.

const patience = { timeout: 150_000, interval: 25 };
const rates: FaultRates = {
  request: {
    "dropped before the server saw it": 0.05,
    "carried out, answer lost": 0.05,
    "black hole": 0.02,
    "410": 0.05,
    "429": 0.03,
    "500": 0.05,
    "503": 0.05,
  },
  stream: {
    repeated: 0.1,
    "earlier event repeated": 0.1,
    "swapped with the next of another object": 0.1,
    closed: 0.05,
    reset: 0.05,
    "cut in the middle": 0.05,
    "silent for ever": 0.02,
    garbled: 0.02,
    "410 event": 0.03,
    "500 event": 0.03,
  },
};

for (const seed of seeds(2)) {
  test(`whatever fails, a view's events add up to what there is: seed ${seed}`, { timeout: 300_000 }, async () => {
    const storage = createStorage();
    let server = await startApiServer({ storage, bookmarkIntervalMs: 30 });
    const proxy = await startFaultProxy({ target: server.url, seed, rates });
    const clock = quickClock(20, chance(seed, "clock"));
    const client = connect({ server: proxy.url }, { clock, timeoutMs: 3_000 });
    let direct = connect({ server: server.url });
    const listeners = await startListeners(client, clock, chance(seed, "handler"));
    try {
      const random = chance(seed, "cluster");
      for (let step = 0; step < 80; step++) {
        if (step % 20 === 10) {
          const { port } = server;
          await server.close();
          if (random() < 0.5) storage.compact();
          server = await startApiServer({ storage, bookmarkIntervalMs: 30, port });
          await direct.close();
          direct = connect({ server: server.url });
        }
        await act(direct, random);
        if (random() < 0.3) await pause(systemClock, random() * 15, new AbortController().signal);
      }
      await listeners.know(await wanted(direct), patience);
      expect(proxy.struck.size).toBeGreaterThan(3);
    } finally {
      await listeners.close();
      await Promise.all([client.close(), direct.close()]);
      await proxy.close();
      await server.close();
    }
  });
}
