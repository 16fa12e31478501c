import type { Answer, Endpoint, Json, Step } from "./exchange.ts";
import { exchange } from "./exchange.ts";

/** Names for what no two servers have in common, in the order in which they are told. */
interface Names {
  readonly byValue: Map<string, string>;
  readonly byName: Map<string, string>;
}

const isObject = (value: unknown): value is Readonly<Record<string, Json | undefined>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const time = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

const clusterAddress = /\b10\.96\.\d+\.\d+\b/g;

const nameOf = ({ byValue, byName }: Names, kind: string, value: string): string => {
  const key = `${kind} ${value}`;
  const known = byValue.get(key);
  if (known !== undefined) return known;
  const name = `<${kind} ${[...byValue.keys()].filter((other) => other.startsWith(`${kind} `)).length + 1}>`;
  byValue.set(key, name);
  byName.set(name, value);
  return name;
};

/** Names of versions in order of growth: what a list or an event tells before its object's own answer is no other thing. */
const learnVersions = (value: Json | undefined, names: Names): void => {
  const found = new Set<string>();
  const walk = (part: Json | undefined): void => {
    if (Array.isArray(part)) part.forEach(walk);
    if (!isObject(part)) return;
    const { metadata } = part;
    const isList = Array.isArray(part["items"]) || Array.isArray(part["rows"]);
    if (isObject(metadata) && !isList && typeof metadata["resourceVersion"] === "string")
      found.add(metadata["resourceVersion"]);
    Object.values(part).forEach(walk);
  };
  walk(value);
  for (const version of [...found].filter((text) => /^[1-9]\d*$/.test(text)).sort((a, b) => Number(a) - Number(b)))
    nameOf(names, "version", version);
};

/** Entries of managers written within one second, or not: their order is chance, and an apply that changes no value forgets its time. */
const byManager = (entries: readonly Json[]): readonly Json[] => {
  const key = (entry: Json): string => {
    const { manager, operation, subresource = "", apiVersion } = entry as Record<string, string>;
    return JSON.stringify([manager, operation, subresource, apiVersion]);
  };
  const timeless = entries.map((entry) => ({ ...(entry as Record<string, Json>), time: undefined }));
  return timeless.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
};

const named = (value: Json, names: Names, managers: boolean): Json => {
  if (typeof value === "string") {
    return value
      .replaceAll(time, "<time>")
      .replaceAll(clusterAddress, "<cluster address>")
      .replaceAll(uuid, (text) => nameOf(names, "uid", text))
      .replaceAll(/\b\d+\b/g, (text) => names.byValue.get(`version ${text}`) ?? text);
  }
  if (Array.isArray(value)) return value.map((item: Json) => named(item, names, managers));
  if (!isObject(value)) return value;
  const isList = Array.isArray(value["items"]) || Array.isArray(value["rows"]);
  const result: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined || (key === "managedFields" && !managers)) continue;
    if (key === "managedFields" && Array.isArray(member)) result[key] = named(byManager(member), names, managers);
    else if (key === "metadata" && isList && isObject(member)) {
      const { resourceVersion, continue: more, ...rest } = member;
      result[key] = {
        ...rest,
        ...(resourceVersion !== undefined && { resourceVersion: "<list version>" }),
        ...(more !== undefined && more !== "" && { continue: nameOf(names, "continue", more as string) }),
      };
      nameOf(names, "list", resourceVersion as string);
    } else result[named(key, names, managers) as string] = named(member, names, managers);
  }
  return result;
};

/** A table as it is without `-o wide`, and without descriptions. */
const narrow = (table: Readonly<Record<string, Json | undefined>>): Json => {
  const columns = table["columnDefinitions"] as readonly { readonly name: string; readonly priority: number }[];
  const shown = <T>(list: readonly T[]): T[] => list.filter((_, index) => columns[index]?.priority === 0);
  const rows = table["rows"] as readonly { readonly cells: readonly Json[] }[];
  return {
    ...table,
    columnDefinitions: shown(columns).map(({ name }) => name),
    rows: rows.map((row) => ({
      ...row,
      cells: shown(row.cells).map((cell) => (typeof cell === "string" && /^\d+s$/.test(cell) ? "<age>" : cell)),
    })),
  };
};

/** Of an error what programs act on: each server says in its own words what is wrong. Of a table, what people see. */
const essence = (body: Json): Json => {
  if (typeof body === "string") return { reason: "NotFound" };
  if (!isObject(body)) return body;
  if (body["kind"] === "Table") return narrow(body);
  if (body["kind"] !== "Status" || body["status"] !== "Failure") return body;
  const { details } = body;
  const causes = isObject(details) && Array.isArray(details["causes"]) ? (details["causes"] as readonly Json[]) : [];
  const conflicts = causes.filter((cause) => isObject(cause) && cause["reason"] === "FieldManagerConflict");
  return {
    reason: body["reason"] ?? "",
    ...(conflicts.length > 0 && { conflicts: conflicts.map((cause) => (cause as { field: string }).field).toSorted() }),
  };
};

/** What a request was answered, in terms that any server can be held to. */
export interface Told {
  readonly request: string;
  readonly status: number;
  readonly warnings?: readonly string[];
  readonly body?: Json;
}

export interface Story {
  readonly namespace: string;
  readonly steps: readonly Step[];
  /** Whether the managers of fields are part of what is told. */
  readonly managers: boolean;
}

const untilMs = 60_000;

/** Carries out the steps, one after the other. */
export async function tell(endpoint: Endpoint, { namespace, steps, managers }: Story): Promise<Told[]> {
  const names: Names = { byValue: new Map(), byName: new Map() };
  const real = (text: string): string =>
    text
      .replaceAll(/<(?:uid|version|continue|list) \d+>/g, (name) => names.byName.get(name) ?? name)
      .replaceAll(/\bNS\b/g, namespace);
  const told: Told[] = [];
  for (const step of steps) {
    const body = step.body === undefined ? undefined : (JSON.parse(real(JSON.stringify(step.body))) as Json);
    const answer = await patiently(endpoint, { ...step, path: real(step.path), body });
    const request = `${step.method} ${step.path}`;
    if (step.quiet === true) {
      told.push({ request, status: answer.status });
      continue;
    }
    learnVersions(answer.body, names);
    const shown = (value: Json): Json =>
      JSON.parse(JSON.stringify(named(value, names, managers)).replaceAll(namespace, "NS")) as Json;
    told.push({
      request,
      status: answer.status,
      ...(answer.warnings.length > 0 && { warnings: shown(answer.warnings) as readonly string[] }),
      body: shown(essence(answer.body)),
    });
  }
  return told;
}

const patiently = async (endpoint: Endpoint, step: Step): Promise<Answer> => {
  const deadline = performance.now() + untilMs;
  for (;;) {
    const answer = await exchange(endpoint, step);
    const text = JSON.stringify(answer.body);
    if ((step.until ?? []).every((part) => text.includes(part)) || performance.now() > deadline) return answer;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};
