import type { Step } from "../exchange.ts";
import { configMap, create, get, merge, object, remove } from "../steps.ts";

const collection = "/api/v1/namespaces/NS/configmaps";
const labelled = (name: string, labels: Record<string, string>): Step => create(configMap(name, {}, { labels }));
const five = ["a", "b", "c", "d", "e"].map((name) => labelled(name, { name, odd: String(name.charCodeAt(0) % 2) }));
const select = (label: string): Step => get(`${collection}?labelSelector=${encodeURIComponent(label)}`);
const selectField = (field: string, path = collection): Step =>
  get(`${path}?fieldSelector=${encodeURIComponent(field)}`);
const watch = (parameters: string): Step => get(`${collection}?watch=true&timeoutSeconds=1&${parameters}`);
const secret = (name: string, type: string): Step => create(object("v1", "Secret", name, { type }));

export const lists: Readonly<Record<string, readonly Step[]>> = {
  "a list": [...five, get(collection), get("/api/v1/namespaces/NS/secrets")],
  "labels select": [
    ...five,
    ...[
      "odd=1",
      "odd==0",
      "odd!=1",
      "name in (a,b, z)",
      "name notin (a,b)",
      "odd,name!=a",
      "!odd",
      "none",
      "!none",
      "odd=1,name in (a)",
      "",
    ].map(select),
  ],
  "label selectors that are wrong": [
    "a b",
    "in (a",
    "a in ()",
    "a=b=c",
    "a=(",
    "!",
    "-a=b",
    "a=-b",
    "a>x",
    ",",
    "a,,b",
  ].map(select),
  "fields select": [
    ...five,
    selectField("metadata.name=a"),
    selectField("metadata.name!=a,metadata.name!=b"),
    selectField("metadata.namespace=other"),
    selectField("data.k=1"),
    selectField("metadata.name"),
    selectField("metadata.name in (a)"),
    secret("s", "Opaque"),
    secret("t", "example.com/x"),
    selectField("type=example.com/x", "/api/v1/namespaces/NS/secrets"),
    selectField("status.phase=Running", "/api/v1/namespaces/NS/pods"),
    selectField("spec.nodeName=x,status.podIP=", "/api/v1/namespaces/NS/pods"),
    selectField("spec.containers=x", "/api/v1/namespaces/NS/pods"),
    selectField("status.replicas=0", "/apis/apps/v1/namespaces/NS/replicasets"),
    selectField("spec.unschedulable=true", "/api/v1/nodes"),
    selectField("involvedObject.name=x,reason=y,type=Normal", "/api/v1/namespaces/NS/events"),
    selectField("spec.clusterIP=None,spec.type=ClusterIP", "/api/v1/namespaces/NS/services"),
  ],
  pages: [
    ...five,
    get(`${collection}?limit=2`),
    get(`${collection}?limit=2&continue=<continue 1>`),
    get(`${collection}?limit=2&continue=<continue 2>`),
    get(`${collection}?limit=9`),
    get(`${collection}?limit=0`),
    get(`${collection}?limit=-1`),
    get(`${collection}?limit=x`),
    get(`${collection}?limit=2&continue=nonsense`),
    get(`${collection}?limit=2&continue=<continue 1>&resourceVersion=<list 1>`),
  ],
  "versions of a list": [
    labelled("a", {}),
    get(`${collection}?resourceVersion=0`),
    get(`${collection}?resourceVersion=<version 1>&resourceVersionMatch=NotOlderThan`),
    get(`${collection}?resourceVersion=nonsense`),
    get(`${collection}?resourceVersionMatch=Exact`),
    get(`${collection}?resourceVersion=0&resourceVersionMatch=Exact`),
    get(`${collection}?resourceVersion=1&resourceVersionMatch=Odd`),
  ],
  "a watch from a list": [
    labelled("a", { l: "1" }),
    get(collection),
    labelled("b", { l: "2" }),
    merge(`${collection}/a`, { data: { k: "1" } }),
    merge(`${collection}/a`, { metadata: { labels: { l: "2" } } }),
    remove(`${collection}/b`),
    watch("resourceVersion=<list 1>"),
    watch("resourceVersion=<list 1>&labelSelector=l%3D1"),
    watch("resourceVersion=<list 1>&fieldSelector=metadata.name%3Db"),
    watch("resourceVersion=0"),
    watch(""),
    get(`${collection}/a?watch=true&timeoutSeconds=1`),
  ],
  "watches that are wrong": [watch("labelSelector=a%20b"), get(`${collection}?watch=true&timeoutSeconds=x`)],
};
