import type { Json, Step } from "./exchange.ts";
import { apply, configMap, create, get, json, merge, object, pathOf, remove, replace, strategic } from "./steps.ts";
import type { Kubernetes } from "./steps.ts";

type Chance = () => number;

const pick = <T>(chance: Chance, list: readonly T[]): T => list[Math.floor(chance() * list.length)] as T;

const texts = (chance: Chance, keys: readonly string[]): Readonly<Record<string, Json>> =>
  Object.fromEntries(keys.filter(() => chance() < 0.5).map((key) => [key, pick(chance, ["1", "2"])]));

/** Sometimes nothing at all. */
const maybe = <T>(chance: Chance, value: () => T): T | undefined => (chance() < 0.6 ? value() : undefined);

const metadata = (chance: Chance): Readonly<Record<string, Json | undefined>> => ({
  labels: maybe(chance, () => texts(chance, ["l", "m"])),
  annotations: maybe(chance, () => texts(chance, ["n"])),
});

const aConfigMap = (chance: Chance): Kubernetes =>
  configMap(
    "a",
    maybe(chance, () => texts(chance, ["k", "l", "m"])),
    metadata(chance),
  );

const aService = (chance: Chance): Kubernetes => {
  const ports = [80, 81, 82]
    .filter(() => chance() < 0.5)
    .map((port) => ({ port, name: `p${port}`, ...(chance() < 0.3 && { targetPort: pick(chance, [8080, "http"]) }) }));
  return object("v1", "Service", "a", {
    metadata: metadata(chance),
    spec: {
      ports: ports.length === 0 ? [{ port: 80, name: "p80" }] : ports,
      selector: maybe(chance, () => texts(chance, ["app", "tier"])),
      ...(chance() < 0.2 && { sessionAffinity: "ClientIP" }),
    },
  });
};

const aDeployment = (chance: Chance): Kubernetes => {
  const container = (name: string): Json => ({
    name,
    image: pick(chance, ["one", "two:1"]),
    ...(chance() < 0.4 && { env: [{ name: pick(chance, ["A", "B"]), value: pick(chance, ["1", "2"]) }] }),
    ...(chance() < 0.4 && { ports: [{ containerPort: name === "main" ? 80 : 81 }] }),
    ...(chance() < 0.2 && { args: [pick(chance, ["x", "y"])] }),
  });
  return object("apps/v1", "Deployment", "a", {
    metadata: metadata(chance),
    spec: {
      ...(chance() < 0.5 && { replicas: pick(chance, [0, 1, 3]) }),
      selector: { matchLabels: { app: "a" } },
      template: {
        metadata: { labels: { app: "a", ...texts(chance, ["x"]) } },
        spec: { containers: ["main", "side"].filter((name) => name === "main" || chance() < 0.4).map(container) },
      },
    },
  });
};

const stepOf = (chance: Chance, make: (chance: Chance) => Kubernetes): Step => {
  const body = make(chance);
  const path = pathOf(body);
  const change: Json = { ...body };
  const manager = pick(chance, ["alice", "bob", "carol"]);
  const query = `?fieldManager=${manager}`;
  return pick(chance, [
    () => create(body, query.slice(1)),
    () => replace(body, query),
    () => merge(path + query, change),
    () => strategic(path + query, change),
    () => apply(manager, body),
    () => apply(manager, body),
    () => apply(manager, body, { parameters: "&force=true" }),
    () =>
      json(path + query, [{ op: "add", path: "/metadata/labels", value: { ...texts(chance, ["l", "o"]), z: "1" } }]),
    () => remove(path),
    () => get(path),
  ])();
};

/** A story of some steps about one object, the same for the same chance. */
export function randomSteps(chance: Chance, length: number): readonly Step[] {
  const make = pick(chance, [aConfigMap, aService, aDeployment]);
  return [create(make(chance)), ...Array.from({ length }, () => stepOf(chance, make))];
}
