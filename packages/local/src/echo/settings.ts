/** The knobs of the echo app. */
export interface EchoSettings {
  /** Addresses are those of the pod; port 0 is any free one. */
  readonly host: string;
  readonly httpPorts: readonly number[];
  readonly tcpPorts: readonly number[];
  /** Nobody can connect before this is over. */
  readonly startupDelayMs: number;
  /** Time added to each answer. */
  readonly delayMs: number;
  /** Share of requests, 0 to 1, that are answered with `errorStatus`. */
  readonly errorRate: number;
  readonly errorStatus: number;
  readonly ready: boolean;
  /** After SIGTERM the app serves on for this long before it stops listening. */
  readonly drainMs: number;
  /** What the answer says of the pod. */
  readonly identity: Identity;
  /** What the answer says of the environment. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Identity {
  readonly pod: string;
  readonly namespace: string;
  readonly image: string;
  readonly podIP: string;
  readonly node: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Variables that say something of the machine and not of the pod. */
const machine = new Set(["PATH", "HOME", "TMPDIR", "LANG", "SHELL", "USER", "PWD", "SHLVL", "_"]);

/**
 * Reads the settings from the environment that the runner gives each pod. Throws an Error that names the variable when a
 * value cannot be read.
 */
export function echoSettings(env: Env): EchoSettings {
  const ports = declaredPorts(env["PORTS"] ?? "");
  const tcpPorts = ports.filter(({ name }) => isTcp(name)).map(({ port }) => port);
  const httpPorts = ports.filter(({ name }) => !isTcp(name)).map(({ port }) => port);
  if (env["ECHO_TCP_PORT"] !== undefined) tcpPorts.push(number(env, "ECHO_TCP_PORT", 0));
  return {
    host: env["HOST"] ?? env["POD_IP"] ?? "127.0.0.1",
    httpPorts: httpPorts.length + tcpPorts.length > 0 ? httpPorts : [number(env, "PORT", 8080)],
    tcpPorts,
    startupDelayMs: duration(env, "ECHO_STARTUP_DELAY"),
    delayMs: duration(env, "ECHO_DELAY"),
    errorRate: number(env, "ECHO_ERROR_RATE", 0),
    errorStatus: number(env, "ECHO_ERROR_STATUS", 500),
    ready: env["ECHO_READY"] !== "false",
    drainMs: duration(env, "ECHO_DRAIN"),
    identity: {
      pod: env["POD_NAME"] ?? "",
      namespace: env["POD_NAMESPACE"] ?? "",
      image: env["IMAGE"] ?? "",
      podIP: env["POD_IP"] ?? "",
      node: env["NODE_NAME"] ?? "",
    },
    env: Object.fromEntries(
      Object.entries(env).flatMap(([name, value]) => (value === undefined || machine.has(name) ? [] : [[name, value]])),
    ),
  };
}

/** Milliseconds from `250ms`, `1.5s` or a bare number of milliseconds; undefined when it is none of these. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s)?$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (match[2] === "s" ? 1000 : 1);
}

function declaredPorts(text: string): { name: string; port: number }[] {
  return text.split(",").flatMap((entry) => {
    const [name = "", port = ""] = entry.split("=");
    return /^\d+$/.test(port) ? [{ name, port: Number(port) }] : [];
  });
}

function isTcp(name: string): boolean {
  return name === "tcp" || name.startsWith("tcp-");
}

function duration(env: Env, name: string): number {
  const ms = parseDuration(env[name] ?? "0");
  if (ms === undefined) throw new Error(`${name}: "${env[name] ?? ""}" is not a duration (250ms, 1.5s)`);
  return ms;
}

function number(env: Env, name: string, otherwise: number): number {
  const value = Number(env[name] ?? otherwise);
  if (Number.isNaN(value)) throw new Error(`${name}: "${env[name] ?? ""}" is not a number`);
  return value;
}
