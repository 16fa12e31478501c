import { Agent } from "node:http";
import { resourceTypes } from "@headgate/api";
import type { KubeObject, ObjectRef } from "@headgate/api";
import { expect, onTestFinished, vi } from "vitest";
import { ask } from "../pod-routes/ask.ts";
import type { Answer } from "../pod-routes/ask.ts";
import { patience } from "./rig.ts";
import type { PolicyRig } from "./rig.ts";

/** An application that is there before any policy is: a Deployment, its Service, and a route of a host of its own. */
export interface App {
  readonly name: string;
  readonly host: string;
  ask(path: string): Promise<Answer>;
  /** Which endpoint's pod answers, or `main`; the status of an answer that is not a pod's. */
  servedBy(path: string): Promise<string>;
  /** Waits until the path is answered by this endpoint. */
  answeredBy(path: string, endpoint: string): Promise<void>;
  /** Gives its policy these endpoints; the first time makes it. */
  setEndpoints(endpoints: readonly object[]): Promise<void>;
  /** Waits until the operator says of the policy as it is now that all is ready. */
  ready(): Promise<void>;
  readonly policy: ObjectRef;
}

interface PolicyStatus {
  readonly conditions?: readonly object[];
  readonly endpointStatuses?: readonly { readonly message?: string }[];
}

/** The pods take this long to start listening, and serve on while whoever knows them hears that they go. */
const drain = { lifecycle: { preStop: { sleep: { seconds: 2 } } } };

/** Opens one for the test that runs; it goes with the test. */
export async function openApp(rig: PolicyRig, name: string): Promise<App> {
  const { client, namespace, gateway } = rig;
  const host = `${name}.example.com`;
  const objects = application(rig, { name, host });
  const policy = { apiVersion: "endpointscaler.io/v1alpha1", kind: "EndpointPolicy", namespace, name };
  const agent = new Agent({ keepAlive: true });
  onTestFinished(async () => {
    agent.destroy();
    for (const { apiVersion, kind, metadata } of [...objects].reverse())
      await client.delete({ apiVersion, kind, namespace, name: metadata.name });
    await client.delete(policy).catch(() => undefined);
  });
  for (const object of objects) await client.create(object);
  const app: App = {
    name,
    host,
    policy,
    ask: (path) => ask(gateway.url + path, { headers: { host }, agent }),
    servedBy: async (path) => endpointOf(name, await app.ask(path)),
    answeredBy: (path, endpoint) =>
      vi.waitFor(async () => {
        expect(await app.servedBy(path)).toBe(endpoint);
      }, patience),
    setEndpoints: async (endpoints) => {
      const spec = {
        appRef: { name, image: "sample/echo" },
        gatewayRef: { name: gateway.name, hostname: host },
        endpoints,
      };
      const { apiVersion, kind } = policy;
      await client.apply({ apiVersion, kind, metadata: { namespace, name }, spec }, { manager: "person" });
    },
    ready: () =>
      vi.waitFor(async () => {
        const { metadata, status } = await client.get(policy);
        const { conditions = [], endpointStatuses = [] } = (status ?? {}) as PolicyStatus;
        const { generation } = metadata;
        expect({ conditions, told: endpointStatuses.map(({ message }) => message) }).toEqual({
          conditions: [expect.objectContaining({ status: "True", observedGeneration: generation })],
          told: endpointStatuses.map(() => undefined),
        });
      }, patience),
  };
  await app.answeredBy("/", "main");
  return app;
}

/** `main` for the application's own pods, as `x-…` for `shop-x-…`; the status where no pod answered. */
function endpointOf(app: string, { status, said }: Answer): string {
  const { env } = said as { env?: Readonly<Record<string, string>> };
  if (status !== 200 || !String(said["pod"]).startsWith(`${app}-`)) return String(status);
  return env?.["ENDPOINTSCALER_GUARDRAIL"] ?? "main";
}

function application({ namespace, gateway }: PolicyRig, { name, host }: Pick<App, "name" | "host">): KubeObject[] {
  const labels = { app: name };
  const container = {
    name,
    image: "sample/echo",
    ports: [{ containerPort: 8080 }],
    ...drain,
    readinessProbe: { httpGet: { path: "/ready", port: 8080 }, periodSeconds: 1, timeoutSeconds: 10 },
  };
  const template = { metadata: { labels }, spec: { containers: [container] } };
  return [
    { apiVersion: "apps/v1", kind: "Deployment", spec: { selector: { matchLabels: labels }, template } },
    { apiVersion: "v1", kind: "Service", spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] } },
    {
      apiVersion: resourceTypes.HTTPRoute.apiVersion,
      kind: "HTTPRoute",
      spec: {
        parentRefs: [{ name: gateway.name }],
        hostnames: [host],
        rules: [{ backendRefs: [{ name: `${name}-svc`, port: 80 }] }],
      },
    },
  ].map((object) => ({
    ...object,
    metadata: { namespace, name: object.kind === "Service" ? `${name}-svc` : name },
  }));
}
