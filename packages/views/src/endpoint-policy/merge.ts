import { fields, list } from "../read/index.ts";

/** The lists of a pod's spec whose items are told apart by a field of theirs, as in a strategic merge patch. */
const keys: Readonly<Record<string, string>> = {
  containers: "name",
  initContainers: "name",
  env: "name",
  volumes: "name",
  volumeMounts: "mountPath",
  volumeDevices: "devicePath",
  imagePullSecrets: "name",
  hostAliases: "ip",
  topologySpreadConstraints: "topologyKey",
};

/**
 * `over` laid over `base`: objects field by field, the lists above item by item, everything else replaced. Null takes a field away.
 */
export function merged(base: unknown, over: unknown, field = ""): unknown {
  if (Array.isArray(over)) return mergedList(list(base), over, keys[field]);
  if (typeof over !== "object" || over === null) return over;
  const under = fields(base);
  const laid = Object.entries(over).map(([name, value]) => [name, merged(under[name], value, name)] as const);
  return Object.fromEntries([...Object.entries(under), ...laid].filter(([name]) => fields(over)[name] !== null));
}

function mergedList(base: readonly unknown[], over: readonly unknown[], key: string | undefined): readonly unknown[] {
  if (key === undefined) return over;
  const identity = (item: unknown): unknown => fields(item)[key];
  const laid = base.map((item) => {
    const found = over.find((other) => identity(other) === identity(item));
    return found === undefined ? item : merged(item, found);
  });
  return [...laid, ...over.filter((item) => !base.some((known) => identity(known) === identity(item)))];
}
