import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubeObject } from "@headgate/api";
import { resourceTypes } from "@headgate/api";
import type { Client } from "@headgate/kube";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { parse, stringify } from "yaml";
import { clientHands, kubectlHands } from "./hands.ts";
import type { Hands } from "./hands.ts";
import { nameOf } from "./names.ts";
import type { Program } from "./program.ts";
import { startProgram } from "./program.ts";

export interface WalkthroughCluster {
  /** Of an administrator. */
  readonly client: Client;
  /** As YAML text. */
  readonly kubeconfig: string;
  close(): Promise<void>;
}

export interface WalkthroughRig {
  readonly name: string;
  open(): Promise<WalkthroughCluster>;
}

interface Pod extends KubeObject {
  readonly status?: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

const withoutKubectl = spawnSync("kubectl", ["version", "--client"]).status !== 0;
const patience = { timeout: 150_000, interval: 50 };
const ports = [80, 8843];

/** The walkthrough of the example's README, with the names that the addresses of the pods come to. */
export function walkthroughSuite(rig: WalkthroughRig): void {
  describe(rig.name, () => {
    let cluster: WalkthroughCluster;
    beforeAll(async () => {
      cluster = await rig.open();
    });
    afterAll(() => cluster.close());

    test("the walkthrough goes as the README says", { timeout: 300_000 }, async () => {
      const { namespace, kubeconfig } = await room(cluster, "endpoints");
      // With kubectl its very commands; else the same by the API.
      const hands = withoutKubectl ? clientHands(cluster.client, namespace) : kubectlHands(kubeconfig);
      await walk(cluster, { namespace, kubeconfig, hands });
    });
  });
}

/** A namespace, and a kubeconfig in which it is the one to use. */
async function room(
  { client, kubeconfig }: WalkthroughCluster,
  namespace: string,
): Promise<{ readonly namespace: string; readonly kubeconfig: string }> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-endpoints-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const config = parse(kubeconfig) as { readonly contexts: readonly { readonly context: { namespace?: string } }[] };
  for (const { context } of config.contexts) context.namespace = namespace;
  await writeFile(join(folder, "kubeconfig"), stringify(config), { mode: 0o600 });
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  return { namespace, kubeconfig: join(folder, "kubeconfig") };
}

interface Walk {
  readonly namespace: string;
  readonly kubeconfig: string;
  readonly hands: Hands;
}

async function walk({ client }: WalkthroughCluster, { namespace, kubeconfig, hands }: Walk): Promise<void> {
  /** The addresses of the pods, once so many are ready. */
  const addresses = (count: number): Promise<readonly string[]> =>
    vi.waitFor(async () => {
      const pods = (await client.list(resourceTypes.Pod, { namespace })).items as readonly Pod[];
      const ready = pods.filter(({ status }) =>
        status?.conditions?.some((one) => one.type === "Ready" && one.status === "True"),
      );
      expect(ready).toHaveLength(count);
      return ready.map(({ status }) => status?.podIP ?? "");
    }, patience);
  const lines = (type: string, of: readonly string[]): string[] =>
    of.flatMap((address) =>
      ports.map((port) => {
        const endpoint = {
          address,
          port,
          protocol: "TCP",
          serviceName: "testsvc",
          targetPort: port,
          type: "ClusterIP",
        };
        return `${type} ${nameOf(endpoint)}`;
      }),
    );
  /** Waits until the program has said exactly that, in whatever order within each part. */
  const heard = (program: Program, ...parts: readonly (readonly string[])[]): Promise<void> =>
    vi.waitFor(() => {
      const said = program.said(namespace).map(({ type, name }) => `${type} ${name}`);
      const sorted = parts.map((part) => {
        const piece = said.splice(0, part.length);
        return piece.toSorted();
      });
      expect([sorted, said, program.errors()]).toEqual([parts.map((part) => part.toSorted()), [], ""]);
    }, patience);

  const each = startProgram(kubeconfig, "--disable-endpoint-pooling");
  const gathered = startProgram(kubeconfig);
  await hands.deploy();
  await hands.expose();
  const two = await addresses(2);
  await heard(each, lines("Added", two));
  await hands.scale();
  const three = await addresses(3);
  const third = three.filter((address) => !two.includes(address));
  await heard(each, lines("Added", two), lines("Added", third));

  expect(await each.stop("SIGKILL")).toBe(null);
  const again = startProgram(kubeconfig, "--disable-endpoint-pooling");
  await heard(again, lines("Added", three));
  await vi.waitFor(() => {
    for (const port of ports) {
      const last = gathered.said(namespace).findLast(({ name }) => name === `testsvc-TCP-${port}`);
      expect(last?.spec.addresses).toEqual(three.toSorted());
    }
  }, patience);

  await hands.unexpose();
  await heard(again, lines("Added", three), lines("Deleted", three));
  await vi.waitFor(() => {
    const said = gathered.said(namespace);
    const of = (wanted: string): string[] =>
      said.flatMap(({ type, name }) => (type === wanted ? [name] : [])).toSorted();
    const objects = ports.map((port) => `testsvc-TCP-${port}`);
    expect([of("Added"), of("Deleted")]).toEqual([objects, objects]);
  }, patience);
  await hands.cleanUp();
  expect([await again.stop(), await gathered.stop(), gathered.errors()]).toEqual([0, 0, ""]);
}
