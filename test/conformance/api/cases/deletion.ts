import type { Step } from "../exchange.ts";
import { configMap, create, get, merge, object, remove, replace } from "../steps.ts";

const path = "/api/v1/namespaces/NS/configmaps/a";
const collection = "/api/v1/namespaces/NS/configmaps";
const made = create(configMap("a", { k: "1" }));
const held = create(configMap("a", { k: "1" }, { finalizers: ["example.com/hold"] }));
const options = (fields: object): never => ({ apiVersion: "v1", kind: "DeleteOptions", ...fields }) as never;
const pod = (name: string, spec: object = {}) =>
  object("v1", "Pod", name, { spec: { containers: [{ name: "main", image: "one" }], ...spec } as never });
const pods = "/api/v1/namespaces/NS/pods";

export const deletions: Readonly<Record<string, readonly Step[]>> = {
  "a delete": [made, remove(path), get(path), remove(path)],
  "preconditions of a delete": [
    made,
    remove(path, options({ preconditions: { uid: "00000000-0000-0000-0000-000000000000" } })),
    remove(path, options({ preconditions: { resourceVersion: "1" } })),
    remove(path, options({ preconditions: { uid: "<uid 1>", resourceVersion: "<version 1>" } })),
  ],
  "finalizers hold": [
    held,
    remove(path),
    remove(path),
    merge(path, { metadata: { finalizers: ["example.com/hold", "example.com/more"] } }),
    merge(path, { data: { k: "2" } }),
    merge(path, { metadata: { deletionTimestamp: null } }),
    merge(path, { metadata: { finalizers: null } }),
    get(path),
  ],
  "finalizers go by a replace": [held, remove(path), replace(configMap("a", { k: "1" })), get(path)],
  foreground: [made, remove(path, options({ propagationPolicy: "Foreground" })), get(path)],
  orphan: [made, remove(`${path}?propagationPolicy=Orphan`), get(path)],
  "background after foreground": [
    made,
    remove(path, options({ propagationPolicy: "Foreground" })),
    remove(path, options({ propagationPolicy: "Background" })),
    get(path),
  ],
  "options that are wrong": [
    made,
    remove(path, options({ propagationPolicy: "Odd" })),
    remove(`${path}?propagationPolicy=Odd`),
    remove(path, options({ gracePeriodSeconds: -1 })),
    remove(path, { apiVersion: "v1", kind: "Odd" }),
    remove(path, options({ gracePeriodSeconds: "x" })),
    get(path),
  ],
  "a dry run of a delete": [made, remove(path, options({ dryRun: ["All"] })), get(path)],
  "a grace period of what is no pod": [made, remove(`${path}?gracePeriodSeconds=30`), get(path)],
  "a pod without a node goes at once": [create(pod("p")), remove(`${pods}/p`), get(`${pods}/p`)],
  "a pod on a node has its grace": [
    create(pod("p", { nodeName: "none", terminationGracePeriodSeconds: 5 })),
    remove(`${pods}/p`),
    remove(`${pods}/p?gracePeriodSeconds=9`),
    remove(`${pods}/p?gracePeriodSeconds=2`),
    remove(`${pods}/p?gracePeriodSeconds=0`),
    get(`${pods}/p`),
  ],
  "a collection": [
    create(configMap("a", {}, { labels: { l: "1" } })),
    create(configMap("b", {}, { labels: { l: "2" } })),
    create(configMap("c", {}, { labels: { l: "1" }, finalizers: ["example.com/hold"] })),
    remove(`${collection}?labelSelector=l%3D1`),
    get(collection),
    remove(collection),
    merge(`${collection}/c`, { metadata: { finalizers: null } }),
  ],
  "a namespace that ends takes nothing in": [
    create(configMap("hold", {}, { finalizers: ["example.com/hold"] })),
    remove("/api/v1/namespaces/NS"),
    made,
    get("/api/v1/namespaces/NS"),
    merge("/api/v1/namespaces/NS/configmaps/hold", { metadata: { finalizers: null } }),
  ],
  "a generation counts a deletion": [
    create(
      object("apps/v1", "Deployment", "d", {
        metadata: { finalizers: ["example.com/hold"] },
        spec: {
          selector: { matchLabels: { app: "d" } },
          template: { metadata: { labels: { app: "d" } }, spec: { containers: [{ name: "main", image: "one" }] } },
        },
      }),
    ),
    remove("/apis/apps/v1/namespaces/NS/deployments/d"),
    merge("/apis/apps/v1/namespaces/NS/deployments/d", { metadata: { finalizers: null } }),
  ],
};
