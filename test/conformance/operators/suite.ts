import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { defaultPodRouteSettings, OpError, operatorCrd, parseOperatorResource, resourceTypes } from "@headgate/api";
import type { KubeObject, ObjectRef } from "@headgate/api";
import { connect } from "@headgate/kube";
import type { Access, Client } from "@headgate/kube";
import { operator } from "@headgate/operator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { parseAllDocuments } from "yaml";
import { root } from "../../../tools/root.ts";

export interface PipelineRig {
  readonly name: string;
  readonly open: () => Promise<{ readonly access: Access; close(): Promise<void> }>;
}

const patience = { timeout: 90_000, interval: 50 };
const examples = `${root}examples/pipelines`;

function documents(file: string): readonly KubeObject[] {
  return parseAllDocuments(readFileSync(`${examples}/${file}`, "utf8")).map((one) => one.toJS() as KubeObject);
}

/** The shipped examples, and what an Updater makes, on whatever serves the API. */
export function pipelineSuite({ name, open }: PipelineRig): void {
  describe(`pipelines on ${name}`, () => {
    let rig: Awaited<ReturnType<PipelineRig["open"]>>;
    let client: Client;
    let namespace: string;
    let stops: (() => Promise<void>)[];
    let operators: string[];

    beforeAll(async () => {
      rig = await open();
      client = connect(rig.access);
      for (const crd of [operatorCrd, ...documents("configmap-restart/crd.yaml")]) {
        await client.apply(crd, { manager: "test", force: true });
      }
      await vi.waitFor(() => client.list(resourceTypes.Operator), patience);
      await vi.waitFor(() => client.discover("dcontroller.io/v1alpha1", "ConfigDeployment"), patience);
    }, 150_000);
    afterAll(async () => {
      await client.close();
      await rig.close();
    });
    beforeEach(async () => {
      namespace = `pipelines-${randomUUID().slice(0, 8)}`;
      stops = [];
      operators = [];
      await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    });
    afterEach(async () => {
      if (operators.length > 0 && stops.length === 0) serve();
      for (const one of operators) await removeOperator(one);
      for (const stop of stops) await stop();
      await client.delete({ apiVersion: "v1", kind: "Namespace", name: namespace });
    }, 150_000);

    /** Serves Operators in the test's namespace alone; gives what ends it. */
    function serve(): () => Promise<void> {
      const running = operator({
        client,
        settings: { ...defaultPodRouteSettings, watchNamespace: namespace },
        parts: { pipelines: true },
        log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      });
      const abort = new AbortController();
      const done = running.run(abort.signal);
      const stop = async (): Promise<void> => {
        abort.abort();
        await done;
        stops = stops.filter((one) => one !== stop);
      };
      stops.push(stop);
      return stop;
    }
    const operatorRef = (of: string): ObjectRef => ({
      apiVersion: "dcontroller.io/v1alpha1",
      kind: "Operator",
      name: of,
    });
    const ref = (apiVersion: string, kind: string, of: string): ObjectRef => ({
      apiVersion,
      kind,
      namespace,
      name: of,
    });
    const there = async (of: ObjectRef): Promise<boolean> => {
      try {
        await client.get(of);
        return true;
      } catch (error) {
        if (error instanceof OpError && error.code === "NOT_FOUND") return false;
        throw error;
      }
    };
    const create = (object: KubeObject): Promise<KubeObject> =>
      client.create({ ...object, metadata: { ...object.metadata, namespace } });
    /** Makes the Operator under a name of this test. */
    async function createOperator(object: KubeObject): Promise<string> {
      const own = `${object.metadata.name}-${namespace.slice(-8)}`;
      await client.create({ ...object, metadata: { name: own } });
      operators.push(own);
      return own;
    }
    async function removeOperator(own: string): Promise<void> {
      operators = operators.filter((one) => one !== own);
      await client.delete(operatorRef(own));
      await vi.waitFor(async () => {
        expect(await there(operatorRef(own))).toBe(false);
      }, patience);
    }
    const patch = (of: ObjectRef, body: object, subresource?: "status"): Promise<KubeObject> =>
      client.patch(of, body, { type: "merge", ...(subresource && { subresource }) });
    async function isReady(own: string): Promise<void> {
      await vi.waitFor(async () => {
        const { metadata, status } = await client.get(operatorRef(own));
        const { generation } = metadata;
        expect(status).toMatchObject({
          observedGeneration: generation,
          conditions: [{ type: "Ready", status: "True", reason: "Ready", observedGeneration: generation }],
        });
      }, patience);
    }

    test.each(["every-form-of-a-pipeline", "faults-of-form"])(
      "the CRD takes what the parser takes: %s",
      async (name) => {
        const text = readFileSync(`${root}packages/api/testdata/pipelines/${name}.in.yaml`, "utf8");
        const path = "/apis/dcontroller.io/v1alpha1/operators?dryRun=All";
        for (const document of parseAllDocuments(text)) {
          const { apiVersion, kind, metadata, spec } = document.toJS() as KubeObject;
          const object = {
            apiVersion,
            kind,
            metadata: { name: metadata.name },
            ...(spec === undefined ? {} : { spec }),
          };
          const refusal = await client.request({ method: "POST", path, body: object }).then(
            () => undefined,
            (error: unknown) => (error instanceof OpError ? error.code : error),
          );
          expect([metadata.name, refusal]).toEqual([
            metadata.name,
            parseOperatorResource(object).ok ? undefined : "INVALID",
          ]);
        }
      },
    );

    test("configmap-restart: the template bears the ConfigMap's version, a new one with each change, none when a reason is gone", async () => {
      const [restart] = documents("configmap-restart/operator.yaml");
      if (restart === undefined) throw new Error("no Operator");
      serve();
      const own = await createOperator(restart);
      for (const object of documents("configmap-restart/objects.yaml")) await create(object);
      await isReady(own);
      const deployment = ref("apps/v1", "Deployment", "web");
      const settings = ref("v1", "ConfigMap", "settings");
      const bears = async (): Promise<unknown> => {
        const { spec } = (await client.get(deployment)) as unknown as {
          spec: { template: { metadata: { annotations?: Record<string, string> } } };
        };
        return spec.template.metadata.annotations?.["dcontroller.io/configmap-version"];
      };
      const bearsVersionOf = (config: KubeObject): Promise<void> =>
        vi.waitFor(async () => {
          expect(await bears()).toBe(config.metadata.resourceVersion);
        }, patience);
      await bearsVersionOf(await client.get(settings));
      await bearsVersionOf(await patch(settings, { data: { greeting: "good day" } }));
      await client.delete(settings);
      await vi.waitFor(async () => {
        expect(await bears()).toBeUndefined();
      }, patience);
      await bearsVersionOf(await create({ ...settings, metadata: { name: "settings" } }));
      await removeOperator(own);
      expect(await bears()).toBeUndefined();
      expect((await client.get(deployment)).metadata.labels).toBeUndefined();
    });

    test("service-health: 2/2, 2/3, 3/3, one that is not monitored any more, and no annotation without pods", async () => {
      const [health] = documents("service-health/operator.yaml");
      if (health === undefined) throw new Error("no Operator");
      const service = ref("v1", "Service", "shop");
      await create({ ...service, metadata: { name: "shop" }, spec: { ports: [{ port: 80 }] } });
      serve();
      const own = await createOperator(health);
      const counts = (text: string | undefined): Promise<void> =>
        vi.waitFor(async () => {
          expect((await client.get(service)).metadata.annotations?.["dcontroller.io/pod-ready"]).toBe(text);
        }, patience);
      const pod = (of: string): ObjectRef => ref("v1", "Pod", of);
      const start = async (of: string, isUp: boolean): Promise<void> => {
        const labels = { app: "shop", "dcontroller.io/health-monitor": "enabled" };
        // No scheduler takes it, so its status is ours to write.
        const spec = { schedulerName: "nobody", containers: [{ name: "c", image: "registry.k8s.io/pause:3.9" }] };
        await create({ ...pod(of), metadata: { name: of, labels }, spec });
        await ready(of, isUp);
      };
      const ready = async (of: string, isUp: boolean): Promise<void> => {
        const conditions = [
          { type: "Initialized", status: "True" },
          { type: "Ready", status: isUp ? "True" : "False" },
        ];
        await patch(pod(of), { status: { conditions } }, "status");
      };
      await vi.waitFor(() => start("one", true), patience);
      await start("two", true);
      await counts("2/2");
      await start("three", false);
      await counts("2/3");
      await ready("three", true);
      await counts("3/3");
      await isReady(own);
      await patch(pod("three"), { metadata: { labels: { "dcontroller.io/health-monitor": "disabled" } } });
      await counts("2/2");
      for (const of of ["one", "two"]) await client.request(gone(of));
      await counts(undefined);
    });

    /** At once, as no node is there to stop it. */
    const gone = (of: string): Parameters<Client["request"]>[0] => ({
      method: "DELETE",
      path: `/api/v1/namespaces/${namespace}/pods/${of}`,
      body: { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: 0 },
    });

    test("an Updater's objects follow their sources through a restart, and go with what wanted them", async () => {
      const config = (of: string): ObjectRef => ref("v1", "ConfigMap", of);
      const labels = { mirror: "yes" };
      const source = { apiGroup: "", kind: "ConfigMap", labelSelector: { matchLabels: labels } };
      const project = {
        metadata: { namespace: "$.metadata.namespace", name: { "@concat": ["$.metadata.name", "-copy"] } },
        data: "$.data",
      };
      const target = { apiGroup: "", kind: "ConfigMap" };
      const controllers = [{ name: "copy", sources: [source], pipeline: { "@project": project }, target }];
      for (const of of ["one", "two"])
        await create({ ...config(of), metadata: { name: of, labels }, data: { a: "1" } });
      const stop = serve();
      const own = await createOperator({
        ...operatorRef("mirror"),
        metadata: { name: "mirror" },
        spec: { controllers },
      });
      const data = async (of: string): Promise<unknown> => (await client.get(config(of)))["data"];
      await vi.waitFor(async () => {
        expect([await data("one-copy"), await data("two-copy")]).toEqual([{ a: "1" }, { a: "1" }]);
      }, patience);
      await patch(config("one"), { data: { a: null, b: "2" } });
      await vi.waitFor(async () => {
        expect(await data("one-copy")).toEqual({ b: "2" });
      }, patience);
      await stop();
      await patch(config("one"), { metadata: { labels: { mirror: "no" } } });
      await patch(config("two"), { data: { a: "3" } });
      serve();
      await vi.waitFor(async () => {
        expect([await there(config("one-copy")), await data("two-copy")]).toEqual([false, { a: "3" }]);
      }, patience);
      await isReady(own);
      await removeOperator(own);
      expect([await there(config("two-copy")), await there(config("two"))]).toEqual([false, true]);
    });
  });
}
