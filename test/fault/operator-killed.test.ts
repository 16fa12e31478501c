import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { defaultPodRouteSettings, resourceTypes } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { connect, listAll } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { startApiServer, startControllers } from "@headgate/local";
import { load, pipeline } from "@headgate/operator";
import { randomFrom } from "@headgate/testkit";

import { startHeadgate } from "../e2e/headgate-process.ts";

// A process that dies without a word, at any moment, must leave nothing that the next one does not put right.

const rounds = 6 * Number(process.env["HEADGATE_RUNS"] ?? 1);
const seed = Number(process.env["HEADGATE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const childTypes = [resourceTypes.Service, resourceTypes.EndpointSlice, resourceTypes.HTTPRoute];

let folder: string;
let stops: (() => Promise<unknown>)[];
let client: Client;
let kubeconfig: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-killed-"));
  kubeconfig = join(folder, "kubeconfig");
  const server = await startApiServer({});
  const controllers = await startControllers({ server: server.url });
  await writeFile(kubeconfig, server.kubeconfig());
  client = connect({ server: server.url });
  stops = [
    () => client.close(),
    () => controllers.close(),
    () => server.close(),
    () => rm(folder, { recursive: true }),
  ];
});
afterEach(async () => {
  for (const stop of stops) await stop();
});

test(`an operator killed with -9 while pods churn leaves nothing wrong after a restart (HEADGATE_SEED=${seed})`, async () => {
  const random = randomFrom(seed);
  const foreign = await client.create({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "pod-3", namespace: "default" },
    spec: { ports: [{ port: 6379 }] },
  });
  const argumentsOf = ["operator", "--kubeconfig", kubeconfig, "--metrics-bind-address=127.0.0.1:0"];
  for (let round = 0; round < rounds; round++) {
    const killed = startHeadgate([...argumentsOf, "--health-probe-bind-address=127.0.0.1:0", "--no-leader-elect"]);
    await vi.waitFor(() => {
      expect(killed.errors()).toContain('"msg":"leading"');
    }, 90_000);
    const steps = 1 + Math.floor(random() * 12);
    for (let step = 0; step < steps; step++) await churn(random);
    await killed.stop("SIGKILL");
  }
  const last = startHeadgate([...argumentsOf, "--health-probe-bind-address=127.0.0.1:0", "--no-leader-elect"]);
  stops.unshift(() => last.stop("SIGKILL"));
  await vi.waitFor(async () => {
    expect(await differences()).toEqual([]);
  }, 90_000);
  expect(await client.get({ apiVersion: "v1", kind: "Service", namespace: "default", name: "pod-3" })).toEqual(foreign);
}, 480_000);

/** One random change to one of six pods. Some of them happen while a write of the operator's is under way. */
async function churn(random: () => number): Promise<void> {
  const name = `pod-${String(Math.floor(random() * 6))}`;
  const ref = { apiVersion: "v1", kind: "Pod", namespace: "default", name };
  const exists = await client.get(ref).then(
    () => true,
    () => false,
  );
  if (!exists) {
    const ip = `10.1.0.${String(1 + Math.floor(random() * 250))}`;
    await client.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default", labels: { "envoy-router/enabled": "true" } },
      spec: { nodeName: "gone", containers: [{ name: "c", image: "x" }] },
    });
    await setStatus(ref, ip, random() < 0.5);
    return;
  }
  const kind = random();
  if (kind < 0.3)
    await client.request({
      method: "DELETE",
      path: `/api/v1/namespaces/default/pods/${name}`,
      query: { gracePeriodSeconds: "0" },
    });
  else if (kind < 0.5) await label(ref, random() < 0.5 ? "true" : null);
  else if (kind < 0.7) await annotate(ref, random() < 0.5 ? `/p${String(Math.floor(random() * 3))}` : null);
  else await setStatus(ref, `10.1.0.${String(1 + Math.floor(random() * 250))}`, random() < 0.5);
}

type Ref = Parameters<Client["get"]>[0];

async function setStatus(ref: Ref, ip: string, ready: boolean): Promise<void> {
  const conditions = [{ type: "Ready", status: ready ? "True" : "False" }];
  const status = { phase: "Running", podIP: ip, podIPs: [{ ip }], conditions };
  await client.patch(ref, { status }, { type: "merge", subresource: "status" });
}

async function label(ref: Ref, value: string | null): Promise<void> {
  await client.patch(ref, { metadata: { labels: { "envoy-router/enabled": value } } }, { type: "merge" });
}

async function annotate(ref: Ref, path: string | null): Promise<void> {
  await client.patch(ref, { metadata: { annotations: { "envoy-router/path": path } } }, { type: "merge" });
}

/** What a fresh pipeline would still do, and children that belong to no living pod. */
async function differences(): Promise<readonly string[]> {
  const decided = pipeline(defaultPodRouteSettings);
  const objects = (
    await Promise.all(
      decided.sources.map(async ({ selection: { type, ...where } }) => (await listAll(client, type, where)).items),
    )
  ).flat();
  load(decided, objects);
  const pods = new Set(objects.filter(({ kind }) => kind === "Pod").map(({ metadata }) => metadata.uid));
  const orphans = objects.filter(
    (object) => isChild(object) && !object.metadata.ownerReferences?.some(({ uid }) => pods.has(uid)),
  );
  return [
    ...[...decided.actions.entries()].map(([key, action]) => `${action.do} ${key}`),
    ...orphans.map(({ kind, metadata }) => `orphan ${kind} ${metadata.name}`),
  ];
}

function isChild({ kind, metadata }: KubeObject): boolean {
  return (
    childTypes.some((type) => type.kind === kind) &&
    metadata.labels?.["app.kubernetes.io/managed-by"] === "envoy-router"
  );
}
