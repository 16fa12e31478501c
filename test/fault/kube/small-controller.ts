import type { Action, Desired, KubeObject, ResourceType } from "@headgate/api";
import { identityKey, nameKey, refOf, resourceTypes } from "@headgate/api";
import { defineView, flatMap, graph, mount } from "@headgate/delta";
import type { Graph, Input } from "@headgate/delta";
import type { Actuator, Client, Clock, Reflector, Runner, Sink } from "@headgate/kube";
import { actuator, reflect } from "@headgate/kube";
import { plan } from "@headgate/views/plan";

export const ConfigMap: ResourceType = { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };

const controller = "copies";
const marks = { labels: { "app.kubernetes.io/managed-by": controller, instance: "one" }, instanceLabel: "instance" };

export const sourceLabels = { role: "source" };

/** What a source wants: a ConfigMap with its data, and a Service that it builds on. */
export function copiesOf(source: KubeObject): readonly KubeObject[] {
  const { namespace = "", name, uid = "" } = source.metadata;
  const metadata = {
    namespace,
    name: `${name}-copy`,
    labels: marks.labels,
    ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name, uid, controller: true }],
  };
  const ports = [{ name: "http", port: 80, protocol: "TCP" }];
  return [
    { apiVersion: "v1", kind: "Service", metadata, spec: { ports } },
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: source["data"] },
  ];
}

interface Inputs {
  readonly sources: KubeObject;
  readonly children: KubeObject;
}

const copies = defineView<Inputs, { readonly actions: Action }>({
  name: "copies",
  doc: "Each source has its copies.",
  inputs: ["sources", "children"],
  build: ({ sources, children }) => {
    const desired = flatMap(sources, {
      name: "copies/desired",
      rows: (source) =>
        copiesOf(source).map((object): [string, Desired] => [
          object.kind,
          { controller, owner: refOf(source), object },
        ]),
    });
    const planned = plan({ controller, marks, order: ["Service", "ConfigMap"], namespace: "" }).build({
      desired,
      observed: children,
    });
    return { actions: planned.actions };
  },
});

export interface SmallController {
  readonly runners: readonly Runner[];
  readonly reflectors: Readonly<Record<"sources" | "configMaps" | "services", Reflector>>;
  readonly actions: Actuator;
  /** Everything that its reflectors hold, by kind. */
  held(kind: "ConfigMap" | "Service"): readonly KubeObject[];
  /** How many actions wait to be done or to be seen done. */
  readonly open: number;
}

/** A whole controller in small: watches, decides with the real plan, and acts. */
export function smallController(
  client: Client,
  options: { readonly clock: Clock; readonly compareEveryMs: number; readonly readTimeoutMs: number },
): SmallController {
  const engine = graph();
  const { inputs, outputs } = mount(engine, copies);
  const backoff = { first: 20, most: 500 };
  const actions = actuator(client, { clock: options.clock, backoff: { first: 20, most: 1_000 }, confirmMs: 5_000 });
  outputs.actions.subscribe((changes) => {
    for (const { key, after } of changes) {
      if (after === undefined) actions.delete(key);
      else actions.set(key, after);
    }
  });
  const reflected = (type: ResourceType, sink: Sink, labelSelector?: string): Reflector =>
    reflect(client, { type, labelSelector }, sink, { ...options, pageSize: 3, backoff });
  const reflectors = {
    sources: reflected(
      ConfigMap,
      inputSink(engine, inputs.sources, (object) => nameKey(object.metadata)),
      "role=source",
    ),
    configMaps: reflected(ConfigMap, kindSink(engine, inputs.children, "ConfigMap")),
    services: reflected(resourceTypes.Service, kindSink(engine, inputs.children, "Service")),
  };
  const listed = Promise.all(Object.values(reflectors).map(({ synced }) => synced));
  return {
    // What is not listed yet looks as if it were gone, so nothing is done before everything is.
    runners: [
      ...Object.values(reflectors),
      { name: "actions", run: (signal) => Promise.race([listed, aborted(signal)]).then(() => actions.run(signal)) },
    ],
    reflectors,
    actions,
    held: (kind) => [...inputs.children.entries()].map(([, object]) => object).filter((object) => object.kind === kind),
    get open() {
      return outputs.actions.size;
    },
  };
}

function kindSink(engine: Graph, input: Input<KubeObject>, kind: string): Sink {
  return inputSink(
    engine,
    input,
    (object) => identityKey(refOf(object)),
    (object) => object.kind === kind,
  );
}

function inputSink(
  engine: Graph,
  input: Input<KubeObject>,
  keyOf: (object: KubeObject) => string,
  isOurs: (object: KubeObject) => boolean = () => true,
): Sink {
  return {
    replace: (objects) => {
      engine.turn((turn) => {
        const keys = new Set(objects.map(keyOf));
        for (const [key, object] of [...input.entries()]) if (isOurs(object) && !keys.has(key)) turn.delete(input, key);
        for (const object of objects) turn.set(input, keyOf(object), object);
      });
    },
    upsert: (object) => {
      engine.turn((turn) => {
        turn.set(input, keyOf(object), object);
      });
    },
    remove: (object) => {
      engine.turn((turn) => {
        turn.delete(input, keyOf(object));
      });
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener(
      "abort",
      () => {
        resolve();
      },
      { once: true },
    );
  });
}
