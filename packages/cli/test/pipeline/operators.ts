import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** Two controllers with a view between them, as an Operator. */
export const shopOperator = `apiVersion: dcontroller.io/v1alpha1
kind: Operator
metadata:
  name: shop
spec:
  controllers:
    - name: ports
      sources:
        - apiGroup: ""
          kind: Service
      pipeline:
        - "@select":
            "@eq": [$.metadata.labels.shop, open]
        - "@unwind": $.spec.ports
        - "@project":
            metadata: { name: $.metadata.name, namespace: $.metadata.namespace }
            port: $.spec.ports.port
      target:
        kind: PortView
    - name: notes
      sources:
        - kind: PortView
        - apiGroup: discovery.k8s.io
          kind: EndpointSlice
          as: Slice
      pipeline:
        - "@join":
            "@eq": [$.PortView.metadata.namespace, $.Slice.metadata.namespace]
        - "@project":
            metadata: { name: $.PortView.metadata.name, namespace: $.PortView.metadata.namespace }
            data:
              port: { "@string": { "@add": [$.PortView.port, 0] } }
              at: "@now"
      target:
        apiGroup: ""
        kind: ConfigMap
`;

/** The objects of a small shop. */
export const shopObjects = `apiVersion: v1
kind: Service
metadata: { name: till, labels: { shop: open } }
spec:
  ports: [{ port: 80 }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: any }
`;

/** Writes texts into a folder of the test file's own; it goes with the tests. */
export function written(): (name: string, text: string) => string {
  const folder = mkdtempSync(join(tmpdir(), "headgate-pipeline-"));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  return (name, text) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
}
