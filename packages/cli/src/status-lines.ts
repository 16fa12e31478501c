import { nameKey } from "@headgate/api";
import type { Collection } from "@headgate/delta";
import type { Pipeline } from "@headgate/operator";

type EndpointRow = Pipeline["endpoints"] extends Collection<infer R> ? R : never;

/** What there is to say about the state of the pipeline. */
export interface Status {
  /** One line: how many pods are routed, how many endpoints are ready, and what is still to be done. */
  readonly summary: string;
  /** The routed pods, then the endpoints of policies, under their headings; empty when there is none. */
  readonly pods: readonly string[];
  /** What is wrong, one line each. */
  readonly warnings: readonly string[];
}

/** The state of the pipeline in lines, one block after the other. */
export function statusLines(pipeline: Pipeline): readonly string[] {
  const { summary, pods, warnings } = statusOf(pipeline);
  return [
    summary,
    ...(pods.length === 0 ? [] : ["", ...pods]),
    ...(warnings.length === 0 ? [] : ["", "Warnings", ...warnings]),
  ];
}

/** The state of the pipeline in parts. */
export function statusOf({ managed, endpoints, actions, statuses, refusals, notices }: Pipeline): Status {
  const rows = [...managed.entries()]
    .map(([, { pod, hostname, path, state, childName }]) => ({
      pod: `${pod.namespace}/${pod.name}`,
      route: `${hostname ?? ""}${path}`,
      state,
      objects: childName,
    }))
    .sort((a, b) => (a.pod < b.pod ? -1 : 1));
  const problems = [...notices.entries()]
    .filter(([, { type }]) => type === "Warning")
    .map(
      ([, { about, reason, message }]) =>
        `  ${about.kind} ${about.namespace ?? ""}/${about.name}: ${reason}: ${message}`,
    )
    .sort();
  const pods =
    rows.length === 0
      ? []
      : table(
          ["POD", "ROUTE", "STATE", "OBJECTS"],
          rows.map(({ pod, route, state, objects }) => [pod, route, state, objects]),
        );
  const reports = [...endpoints.entries()].map(([, report]) => report);
  const ready = reports.filter((report) => report.ready).length;
  const counts = reports.length === 0 ? "" : `${String(ready)} of ${String(reports.length)} endpoints ready, `;
  const routed = managed.size > 0 || reports.length === 0 ? `${String(managed.size)} pods routed, ` : "";
  const due = String(actions.size + statuses.size);
  return {
    summary: `${routed}${counts}${due} writes due, ${String(refusals.size)} refused`,
    pods: [...pods, ...(pods.length > 0 && reports.length > 0 ? [""] : []), ...endpointLines(reports)],
    warnings: problems,
  };
}

function endpointLines(reports: readonly EndpointRow[]): readonly string[] {
  if (reports.length === 0) return [];
  const rows = reports
    .map(({ policy, index, id, ready, messages }) => ({ policy: nameKey(policy), index, id, ready, messages }))
    .toSorted((a, b) => (a.policy === b.policy ? a.index - b.index : a.policy < b.policy ? -1 : 1));
  return table(
    ["POLICY", "ENDPOINT", "READY", "MESSAGE"],
    rows.map(({ policy, id, ready, messages }) => [policy, id, ready ? "yes" : "no", messages.join("; ")]),
  );
}

/** Columns of text under headings, as wide as their widest cell. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [headings, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
