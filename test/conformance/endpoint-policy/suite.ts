import { endpointPolicyCrd, OpError, parseEndpointPolicy, resourceTypes } from "@headgate/api";
import { connect } from "@headgate/kube";
import type { KubeObject } from "@headgate/api";
import type { Access, Client } from "@headgate/kube";
import { seeded } from "@headgate/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { comesTo } from "../../../packages/views/test/endpoint-policy/comes-to.ts";
import { anyRichSpec } from "./any-policy.ts";
import { samples, violations } from "./violations.ts";

export interface AdmissionRig {
  readonly name: string;
  readonly open: () => Promise<{ readonly access: Access; close(): Promise<void> }>;
}

/** What the API server says of a policy without keeping it; undefined when it takes it. */
function refusalOf(client: Client, spec: unknown, name = "p"): Promise<string | undefined> {
  const metadata = { name, namespace: "default" };
  return refusalOfObject(client, { apiVersion: "endpointscaler.io/v1alpha1", kind: "EndpointPolicy", metadata, spec });
}

async function refusalOfObject(client: Client, body: KubeObject): Promise<string | undefined> {
  const { apiVersion, kind, metadata } = body;
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { plural } = resourceTypes[kind as keyof typeof resourceTypes];
  const path = `${root}/namespaces/${metadata.namespace ?? ""}/${plural}?dryRun=All`;
  try {
    await client.request({ method: "POST", path, body });
    return undefined;
  } catch (error) {
    if (error instanceof OpError && error.code === "INVALID") return error.message;
    throw error;
  }
}

const uid = "00000000-0000-4000-8000-000000000000";

function parsed(spec: unknown): ReturnType<typeof parseEndpointPolicy> {
  const metadata = { name: "p", namespace: "default", uid };
  return parseEndpointPolicy({
    apiVersion: "endpointscaler.io/v1alpha1",
    kind: "EndpointPolicy",
    metadata,
    spec,
  });
}

const name = fc.constantFrom("a", "shop", "Shop", "", "a".repeat(57), "-a");
const port = fc.constantFrom(1, 80, 65_535, 0, 65_536);
const amount = fc.constantFrom("1", "500m", "2Gi", "-1", "much", "0", "1e3");
const duration = fc.constantFrom("1s", "1m30s", "soon", "0s");
const maybe = (shape: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> =>
  fc.record(shape, { requiredKeys: [] });
const endpoint = fc.record(
  {
    id: fc.constantFrom("a", "b", "c", "C", "b".repeat(56)),
    match: maybe({
      path: fc.constantFrom("/", "/a", "a", "/a//b", "/a/../b", "/a%2Fb", "/ä", ""),
      pathType: fc.constantFrom("Exact", "PathPrefix", "Regex"),
      methods: fc.constantFrom(["GET"], ["get"], []),
      service: fc.constantFrom("a.B", "a..B", ""),
      method: fc.constantFrom("M", "a.b"),
      headers: fc.constantFrom([{ name: "X", value: "1" }], [{ name: "X Y", value: "1" }], [{ name: "X" }]),
    }),
    type: fc.constantFrom("http", "grpc", "tcp"),
    strategy: fc.constantFrom("primary", "canary", "both"),
    canaryWeight: fc.constantFrom(0, 1, 100, 101),
    resources: maybe({ cpuLimit: amount, cpuRequest: amount, memLimit: amount, memRequest: amount }),
    hpa: maybe({
      min: fc.constantFrom(-1, 0, 1, 5),
      max: fc.constantFrom(0, 1, 5),
      cpuTarget: fc.constantFrom(0, 50, 101),
      memoryTarget: fc.constantFrom(50),
    }),
    replicas: fc.constantFrom(0, 1, 3),
    port,
    containerPort: port,
    hostnames: fc.constantFrom(["a.example.com"], ["*.example.com"], ["A b"], []),
    timeouts: maybe({ request: duration, backendRequest: duration }),
    rewritePrefix: fc.constantFrom("/x", "x"),
    podDisruptionBudget: maybe({ minAvailable: fc.constantFrom(1, "50%"), maxUnavailable: fc.constantFrom(1) }),
    podTemplate: fc.constantFrom({ spec: { hostNetwork: true } }, {}),
  },
  { requiredKeys: ["id", "match"] },
);
/** Mostly good in each part, so that many are taken and few faults hide each other. */
const anySpec = fc.record({
  appRef: fc.oneof(
    { weight: 5, arbitrary: fc.constant({ name: "shop", image: "shop:1" }) },
    { weight: 1, arbitrary: maybe({ name, port, containerPort: port, image: fc.constantFrom("i", "") }) },
  ),
  gatewayRef: fc.oneof(
    { weight: 5, arbitrary: fc.constant({ name: "gw" }) },
    { weight: 1, arbitrary: maybe({ name, hostname: fc.constantFrom("a.b", "*", "") }) },
  ),
  endpoints: fc.oneof(
    { weight: 1, arbitrary: fc.array(endpoint, { maxLength: 2 }) },
    {
      weight: 3,
      arbitrary: endpoint.map((one) => [{ ...one, id: "a", type: "http", match: { path: "/a" }, hpa: undefined }]),
    },
    {
      weight: 3,
      arbitrary: endpoint.chain((one) =>
        fc
          .constantFrom(...Object.keys(one))
          .map((key) => [{ id: "a", match: { path: "/a" }, [key]: (one as Readonly<Record<string, unknown>>)[key] }]),
      ),
    },
  ),
});

/** Holds the CRD's schema and the controller's own parser to the same judgement, on whatever judges by the CRD. */
export function admissionSuite({ name, open }: AdmissionRig): void {
  let rig: Awaited<ReturnType<AdmissionRig["open"]>>;
  let client: Client;
  beforeAll(async () => {
    rig = await open();
    client = connect(rig.access);
    await client.create(endpointPolicyCrd);
    await vi.waitFor(() => client.list(resourceTypes.EndpointPolicy), { timeout: 90_000 });
  }, 150_000);
  afterAll(async () => {
    await client.close();
    await rig.close();
  });

  test(`${name}: what the CRD admits the controller takes, and the other way round`, async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(anySpec, async (given) => {
        const spec: unknown = JSON.parse(JSON.stringify(given));
        const refusal = await refusalOf(client, spec);
        const outcome = parsed(spec);
        if (refusal === undefined) taken += 1;
        expect(outcome.ok ? undefined : outcome.refusals.map(({ message }) => message)).toEqual(
          refusal === undefined ? undefined : expect.any(Array),
        );
      }),
      seeded(400),
    );
    expect(taken).toBeGreaterThan(20);
  }, 300_000);

  test(`${name}: each constraint of the schema is one of the API server's too`, async () => {
    for (const spec of samples) expect(await refusalOf(client, spec)).toBeUndefined();
    const taken: string[] = [];
    for (const { what, spec } of violations()) if ((await refusalOf(client, spec)) === undefined) taken.push(what);
    expect(taken).toEqual([]);
    expect(await refusalOf(client, samples[0], "p".repeat(63))).toBeUndefined();
    expect(await refusalOf(client, samples[0], "p".repeat(64))).toContain("metadata.name");
  }, 150_000);

  test(`${name}: what an admitted policy comes to is admitted as well`, async () => {
    const refused: string[] = [];
    const tell = async (spec: unknown): Promise<void> => {
      for (const child of childrenOf(spec)) {
        const refusal = await refusalOfObject(client, child);
        if (refusal !== undefined) refused.push(`${child.kind} of ${JSON.stringify(spec)}: ${refusal}`);
      }
    };
    for (const spec of samples) await tell(spec);
    await fc.assert(
      fc.asyncProperty(anyRichSpec, (given) => tell(JSON.parse(JSON.stringify(given)))),
      seeded(100),
    );
    expect(refused).toEqual([]);
  }, 300_000);
}

/** Everything that a policy comes to, beside the application's own Service; nothing of a policy that is not valid. */
function childrenOf(spec: unknown): readonly KubeObject[] {
  const namespace = "default";
  const outcome = parsed(spec);
  if (!outcome.ok) return [];
  const { app } = outcome.value;
  return comesTo([
    { apiVersion: "endpointscaler.io/v1alpha1", kind: "EndpointPolicy", metadata: { name: "p", namespace, uid }, spec },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: `${app.name}-svc`, namespace },
      spec: { ports: [{ port: app.port }] },
    },
  ]).desired;
}
