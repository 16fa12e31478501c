/** The environment and the command line of a container, as values. */
import type { Container, EnvVar, Pod } from "../client/kinds.ts";
import type { ImageRule } from "./images.ts";

/** Something that the container needs is not there (or not offered here); the text says what. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Data of a ConfigMap or Secret, decoded; undefined when there is none of that name. */
export type ReadData = (
  kind: "ConfigMap" | "Secret",
  name: string,
) => Promise<Readonly<Record<string, string>> | undefined>;

export interface PodPlace {
  readonly podIPs: readonly string[];
  readonly hostIP: string;
  readonly nodeName: string;
  /** Where the process listens for connections to a port of the pod. */
  readonly listen: (port: number) => { host: string; port: number };
}

/** What each process is told without asking; the pod's own variables come after and win. */
export function conventionalEnv(pod: Pod, container: Container, place: PodPlace): Record<string, string> {
  const { name, namespace = "", uid } = pod.metadata;
  const declared = (container.ports ?? []).filter(({ protocol = "TCP" }) => protocol === "TCP");
  const ports = declared.map((port) => `${port.name ?? ""}=${place.listen(port.containerPort).port}`);
  const first = place.listen(declared[0]?.containerPort ?? 8080);
  return {
    POD_NAME: name,
    POD_NAMESPACE: namespace,
    POD_UID: uid,
    POD_IP: place.podIPs[0] ?? "",
    NODE_NAME: place.nodeName,
    CONTAINER_NAME: container.name,
    IMAGE: container.image ?? "",
    HOSTNAME: pod.spec.hostname ?? name,
    HOST: first.host,
    PORT: String(first.port),
    PORTS: ports.join(","),
  };
}

/** The variables that the pod spec gives, on top of `base`. Throws {@link ConfigError}. */
export async function containerEnv(
  pod: Pod,
  container: Container,
  context: { place: PodPlace; base: Readonly<Record<string, string>>; read: ReadData },
): Promise<Record<string, string>> {
  const env: Record<string, string> = { ...context.base };
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    const source = configMapRef ?? secretRef;
    if (source === undefined) continue;
    const kind = configMapRef === undefined ? "Secret" : "ConfigMap";
    const data = await context.read(kind, source.name);
    if (data === undefined && source.optional !== true)
      throw new ConfigError(`${kind.toLowerCase()} "${source.name}" not found`);
    for (const [key, value] of Object.entries(data ?? {})) env[prefix + key] = value;
  }
  for (const variable of container.env ?? []) {
    const value = await valueOf(pod, variable, context);
    if (value !== undefined) env[variable.name] = variable.valueFrom === undefined ? expand(value, env) : value;
  }
  return env;
}

async function valueOf(
  pod: Pod,
  variable: EnvVar,
  context: { place: PodPlace; read: ReadData },
): Promise<string | undefined> {
  const { valueFrom, value = "" } = variable;
  if (valueFrom === undefined) return value;
  const { fieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef !== undefined) return fieldOf(pod, fieldRef.fieldPath, context.place);
  const ref = configMapKeyRef ?? secretKeyRef;
  if (ref === undefined) throw new ConfigError(`env ${variable.name}: this source is not offered by this node`);
  const kind = configMapKeyRef === undefined ? "Secret" : "ConfigMap";
  const data = await context.read(kind, ref.name);
  const found = data?.[ref.key];
  if (found !== undefined || ref.optional === true) return found;
  if (data === undefined) throw new ConfigError(`${kind.toLowerCase()} "${ref.name}" not found`);
  throw new ConfigError(`couldn't find key ${ref.key} in ${kind} ${pod.metadata.namespace ?? ""}/${ref.name}`);
}

function fieldOf(pod: Pod, path: string, place: PodPlace): string {
  const { metadata, spec } = pod;
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed !== null) return (keyed[1] === "labels" ? metadata.labels : metadata.annotations)?.[keyed[2] ?? ""] ?? "";
  const fields: Readonly<Record<string, string | undefined>> = {
    "metadata.name": metadata.name,
    "metadata.namespace": metadata.namespace,
    "metadata.uid": metadata.uid,
    "spec.nodeName": place.nodeName,
    "spec.serviceAccountName": spec.serviceAccountName ?? "default",
    "status.podIP": place.podIPs[0],
    "status.podIPs": place.podIPs.join(","),
    "status.hostIP": place.hostIP,
    "status.hostIPs": place.hostIP,
  };
  const value = fields[path];
  if (value === undefined) throw new ConfigError(`fieldRef ${path} is not offered by this node`);
  return value;
}

/** `$(NAME)` becomes the value of a known variable, else stays; `$$` is one `$`. */
export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^()\s]+)\)/g, (whole, name: string | undefined) =>
    name === undefined ? "$" : (env[name] ?? whole),
  );
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
}

/** The process for a container; `fallback` is run for an image without a rule, or whose rule names no command. */
export function launchOf(
  container: Container,
  rule: ImageRule | undefined,
  context: { env: Readonly<Record<string, string>>; fallback: readonly string[] },
): Launch {
  const { env, fallback } = context;
  const [command, ...args] = wordsOf(container, rule, fallback).map((word) => expand(word, env));
  if (command === undefined) throw new ConfigError("no command specified");
  const workingDir = rule?.podCommand === true ? container.workingDir : undefined;
  return { command, args, env, cwd: workingDir ?? rule?.cwd };
}

function wordsOf(container: Container, rule: ImageRule | undefined, fallback: readonly string[]): readonly string[] {
  const { command, args } = container;
  if (rule?.podCommand === true) {
    // As with an image: a pod that names the command does without the image's arguments.
    return command === undefined
      ? [...(rule.command ?? []), ...(args ?? rule.args ?? [])]
      : [...command, ...(args ?? [])];
  }
  return rule?.command === undefined ? fallback : [...rule.command, ...(args ?? rule.args ?? [])];
}
