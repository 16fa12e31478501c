import { operatorCrd } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { accessFromKubeconfig, connect } from "@headgate/kube";
import { startApiServer } from "@headgate/local";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";

import { explainedPipelines } from "../../src/commands/explained-pipelines.ts";
import { explainLines } from "../../src/pipeline/explain.ts";
import { shopObjects, shopOperator, written } from "./operators.ts";

const write = written();
let server: Awaited<ReturnType<typeof startApiServer>>;
let kubeconfig = "";
beforeAll(async () => {
  server = await startApiServer();
  kubeconfig = write("kubeconfig", server.kubeconfig());
});
afterAll(() => server.close());

const explain = async () => {
  const { pipelines, notes } = await explainedPipelines({ kubeconfig }, []);
  return { lines: explainLines(pipelines, { kind: "ConfigMap", key: "default/till-0" }), notes };
};

test("a cluster's Operators and objects are read and computed; without the kind there is nothing, and that is nothing to tell of", async () => {
  expect(await explain()).toEqual({ lines: [], notes: [] });
  const client = connect(await accessFromKubeconfig({ path: kubeconfig }));
  try {
    await client.create(operatorCrd);
    const objects = parseAllDocuments(shopObjects).map((document) => document.toJS() as KubeObject);
    for (const object of objects) {
      const more = object.kind === "EndpointSlice" ? { addressType: "IPv4", endpoints: [] } : {};
      await client.create({ ...object, ...more, metadata: { ...object.metadata, namespace: "default" } });
    }
    await client.create(parse(shopOperator) as KubeObject);
  } finally {
    await client.close();
  }
  expect(await explain()).toEqual({
    lines: [
      "ConfigMap default/till-0 is wanted by shop/notes",
      "  because of",
      "    PortView default/till-0, a view of shop/ports",
      "      Service default/till",
      "    EndpointSlice default/any",
    ],
    notes: [],
  });
});
