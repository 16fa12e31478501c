import type { Pipeline } from "@headgate/operator";

/** What there is to say about the state of the pipeline. */
export interface Status {
  /** One line: how many pods are routed, and what is still to be done. */
  readonly summary: string;
  /** The routed pods under their headings; empty when there is none. */
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
export function statusOf({ managed, actions, refusals, notices }: Pipeline): Status {
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
  return {
    summary: `${String(managed.size)} pods routed, ${String(actions.size)} writes due, ${String(refusals.size)} refused`,
    pods:
      rows.length === 0
        ? []
        : table(
            ["POD", "ROUTE", "STATE", "OBJECTS"],
            rows.map(({ pod, route, state, objects }) => [pod, route, state, objects]),
          ),
    warnings: problems,
  };
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
