import { guardVariable } from "@headgate/api";
import type { Endpoint, EndpointResources } from "@headgate/api";
import { fields, list, text, texts } from "../read/index.ts";
import type { Fields } from "../read/index.ts";
import type { PodTemplate } from "./case.ts";
import { merged } from "./merge.ts";

/** A template as it stands in a Deployment, with the endpoint's labels on its pods. */
export interface EndpointTemplate {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Fields;
}

/** What a rollout restart of the application leaves behind: it is about the application's pods, not ours. */
const transient = "kubectl.kubernetes.io/restartedAt";

/**
 * The endpoint's pods: those of the application (its environment, volumes, probes, sidecars…) with the endpoint's image, port, resources
 * and the variable that the Guard reads; over that, the policy's own `podTemplate`. Labels are the endpoint's alone, so that the
 * application's Service does not select them.
 */
export function podTemplate(
  endpoint: Endpoint,
  app: string,
  labels: Readonly<Record<string, string>>,
  model: PodTemplate | undefined,
): EndpointTemplate {
  const spec = model?.spec ?? {};
  const containers = list(spec["containers"]).map(fields);
  const main = containers.find(({ name }) => name === app) ?? containers[0] ?? {};
  const others = containers.filter((container) => container !== main && container["name"] !== endpoint.id);
  const own = withEndpoint(main, endpoint);
  const inherited = { ...spec, containers: [own, ...others] };
  const override = fields(endpoint.podTemplate);
  const overrideMeta = fields(override["metadata"]);
  const annotations = Object.entries({ ...model?.annotations, ...texts(overrideMeta["annotations"]) });
  const kept = Object.fromEntries(annotations.filter(([name]) => name !== transient));
  return {
    metadata: {
      labels: { ...texts(overrideMeta["labels"]), ...labels },
      ...(Object.keys(kept).length === 0 ? {} : { annotations: kept }),
    },
    spec: fields(merged(inherited, fields(override["spec"]))),
  };
}

function withEndpoint(main: Fields, endpoint: Endpoint): Fields {
  const { id, image, containerPort, resources } = endpoint;
  const env = list(main["env"]).filter((entry) => text(fields(entry)["name"]) !== guardVariable);
  const ports = list(main["ports"]);
  const has = ports.some((entry) => {
    const { containerPort: port, protocol = "TCP" } = fields(entry);
    return port === containerPort && protocol === "TCP";
  });
  const free = ports.filter((entry) => fields(entry)["name"] !== "http");
  return {
    ...main,
    name: id,
    image,
    env: [...env, { name: guardVariable, value: id }],
    ports: has ? ports : [{ name: "http", containerPort, protocol: "TCP" }, ...free],
    ...(resources === undefined ? {} : { resources: resourcesOf(resources) }),
  };
}

/** A limit is the request too where none is given, as Kubernetes itself has it. */
function resourcesOf({ cpuLimit, cpuRequest, memLimit, memRequest }: EndpointResources): Fields {
  const limits = named({ cpu: cpuLimit, memory: memLimit });
  const requests = named({ cpu: cpuRequest ?? cpuLimit, memory: memRequest ?? memLimit });
  return { ...(limits === undefined ? {} : { limits }), ...(requests === undefined ? {} : { requests }) };
}

function named(amounts: Readonly<Record<string, string | undefined>>): Fields | undefined {
  const given = Object.entries(amounts).filter(([, amount]) => amount !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}
