import type { Pipeline } from "@headgate/operator";

/** One screen about the state of the pipeline: a table of routed pods, then what is still to be done and what is wrong. */
export function statusLines({ managed, actions, refusals, notices }: Pipeline): readonly string[] {
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
  return [
    `${String(managed.size)} pods routed, ${String(actions.size)} writes due, ${String(refusals.size)} refused`,
    ...(rows.length === 0
      ? []
      : [
          "",
          ...table(
            ["POD", "ROUTE", "STATE", "OBJECTS"],
            rows.map(({ pod, route, state, objects }) => [pod, route, state, objects]),
          ),
        ]),
    ...(problems.length === 0 ? [] : ["", "Warnings", ...problems]),
  ];
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
