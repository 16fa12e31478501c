import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultPodRouteSettings, operatorCrd } from "@headgate/api";
import { connect, pause, systemClock } from "@headgate/kube";
import { createStorage, startApiServer } from "@headgate/local";
import { operator } from "@headgate/operator";
import { expect, onTestFinished, test, vi } from "vitest";
import { startHeadgate } from "../../e2e/headgate-process.ts";
import { chance, seeds } from "../kube/chance.ts";
import { startFaultProxy } from "../kube/fault-proxy.ts";
import { quickClock } from "../kube/quick-clock.ts";
import { pipelineChurn } from "./churn.ts";
import { copiesOperator, groupsOperator, namespace } from "./operators.ts";

const patience = { timeout: 240_000, interval: 100 };
const kills = 6 * Number(process.env["HEADGATE_RUNS"] ?? 1);
const seed = Number(process.env["HEADGATE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

test(
  `pipelines killed with -9 ${String(kills)} times leave what those that never died would (HEADGATE_SEED=${String(seed)})`,
  { timeout: 300_000 + kills * 20_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "headgate-pipelines-"));
    const server = await startApiServer({});
    const client = connect({ server: server.url });
    const kubeconfig = join(folder, "kubeconfig");
    await writeFile(kubeconfig, server.kubeconfig());
    onTestFinished(async () => {
      await client.close();
      await server.close();
      await rm(folder, { recursive: true });
    });
    await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    for (const object of [operatorCrd, groupsOperator, copiesOperator("copy")]) await client.create(object);
    const start = (): ReturnType<typeof startHeadgate> => {
      const addresses = ["--metrics-bind-address=127.0.0.1:0", "--health-probe-bind-address=0"];
      return startHeadgate(["operator", "--kubeconfig", kubeconfig, "--no-leader-elect", ...addresses]);
    };
    const people = pipelineChurn(() => client, seed);
    for (let kill = 0; kill < kills; kill++) {
      const running = start();
      const random = chance(seed, `kill ${String(kill)}`);
      const [writes, steps] = [Math.floor(random() * 12), Math.floor(random() * 30)];
      // Some die before they have read everything.
      const begun = random() < 0.8 ? '"msg":"running the pipelines' : '"msg":"leading"';
      await vi.waitUntil(() => running.errors().includes(begun), 150_000);
      for (let step = 0; step < steps || running.errors().split('"msg":"reconciled"').length <= writes; step++) {
        if (step > 60) break;
        await people.step();
      }
      await running.stop("SIGKILL");
    }
    const last = start();
    onTestFinished(async () => {
      await last.stop("SIGKILL");
    });
    await vi.waitFor(people.check, patience);
  },
);

for (const run of seeds(1)) {
  test(`pipelines converge whatever befalls their connections: seed ${String(run)}`, { timeout: 400_000 }, async () => {
    const storage = createStorage();
    let server = await startApiServer({ storage, bookmarkIntervalMs: 30 });
    const proxy = await startFaultProxy({
      target: server.url,
      seed: run,
      rates: {
        request: {
          "dropped before the server saw it": 0.05,
          "carried out, answer lost": 0.05,
          "409": 0.03,
          "410": 0.03,
          "500": 0.05,
        },
        stream: {
          repeated: 0.1,
          closed: 0.05,
          reset: 0.05,
          "cut in the middle": 0.05,
          "silent for ever": 0.02,
          "410 event": 0.03,
        },
      },
    });
    const clock = quickClock(20, chance(run, "clock"));
    const client = connect({ server: proxy.url }, { clock, timeoutMs: 3_000 });
    let direct = connect({ server: server.url });
    await direct.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    for (const object of [operatorCrd, groupsOperator, copiesOperator("copy")]) await direct.create(object);
    const serve = (): (() => Promise<void>) => {
      const stop = new AbortController();
      const quiet = (): void => undefined;
      const done = operator({
        client,
        clock,
        settings: defaultPodRouteSettings,
        parts: { pipelines: true },
        watchReadTimeoutMs: 3_000,
        log: { info: quiet, warn: quiet, error: quiet },
      }).run(stop.signal);
      done.catch(() => undefined);
      return async () => {
        stop.abort();
        await done;
      };
    };
    let stop = serve();
    const people = pipelineChurn(() => direct, run);
    const random = chance(run, "restarts");
    try {
      for (let step = 0; step < 120; step++) {
        if (step % 30 === 10) {
          const { port } = server;
          await server.close();
          if (random() < 0.5) storage.compact();
          server = await startApiServer({ storage, bookmarkIntervalMs: 30, port });
          await direct.close();
          direct = connect({ server: server.url });
        }
        if (step % 30 === 25) {
          await stop();
          stop = serve();
        }
        await people.step();
        if (random() < 0.3) await pause(systemClock, random() * 15, new AbortController().signal);
      }
      await vi.waitFor(people.check, patience);
      expect(proxy.struck.size).toBeGreaterThan(3);
    } finally {
      await stop();
      await Promise.all([client.close(), direct.close()]);
      await proxy.close();
      await server.close();
    }
  });
}
