/** Discovers the endpoints of annotated Services, and says what becomes of each: see README.md. */
import { parseArgs } from "node:util";
import { connect, defaultAccess, loadPipelines, supervise } from "@headgate/hybrid";

interface EndpointView {
  readonly spec: {
    readonly serviceName: string;
    readonly type: string;
    readonly protocol: string;
    readonly port: number;
    readonly targetPort: number | string | null;
    /** Without pooling. */
    readonly address?: string;
    /** With pooling, in order. */
    readonly addresses?: readonly string[];
  };
}

const { values: flags } = parseArgs({ options: { "disable-endpoint-pooling": { type: "boolean", default: false } } });
const spec = flags["disable-endpoint-pooling"] ? "endpoints.yaml" : "gathered-endpoints.yaml";
const pipelines = await loadPipelines(new URL(spec, import.meta.url), { operator: "endpointslice-operator" });

const reconciler = pipelines.view<EndpointView>("EndpointView").reconcile(({ type, namespace, name, object }) => {
  // Here a proxy would be programmed. Should that fail, throw: this object comes again, until it works.
  console.log(type, `${namespace ?? ""}/${name}`, JSON.stringify(object.spec));
});

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    stop.abort();
  });
const client = connect(await defaultAccess());
await supervise([pipelines.watch(client), reconciler], stop.signal);
await client.close();
