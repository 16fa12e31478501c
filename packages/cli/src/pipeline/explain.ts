import type { Explanation } from "@headgate/delta";
import { resourceId } from "@headgate/pipeline";
import type { Controller, Pipelines } from "@headgate/pipeline";

import type { Wanted } from "./objects.ts";

/**
 * Why an object is wanted, through views back to the objects that pipelines read, and what comes of an object that they
 * read. Nothing when pipelines neither want it nor read it.
 */
export function explainLines(pipelines: Pipelines, wanted: Wanted): readonly string[] {
  return [...asTarget(pipelines, wanted), ...asSource(pipelines, wanted)];
}

function isKind({ kind }: Wanted, other: string): boolean {
  return kind.toLowerCase() === other.toLowerCase();
}

function asTarget(pipelines: Pipelines, wanted: Wanted): readonly string[] {
  return pipelines.controllers.flatMap(({ id, target }) => {
    const { kind, view } = target.resource;
    const row = isKind(wanted, kind) ? pipelines.rows(id).get(wanted.key) : undefined;
    const explanation = row === undefined ? undefined : pipelines.explain(id, wanted.key);
    if (explanation === undefined) return [];
    const how = view ? "is a view of" : target.type === "Patcher" ? "is patched by" : "is wanted by";
    return [`${kind} ${wanted.key} ${how} ${id}`, "  because of", ...causes(pipelines, explanation, "    ")];
  });
}

/** The objects below a row: views with what they come of, and what is read. Each once. */
function causes(pipelines: Pipelines, { because }: Explanation, indent: string): readonly string[] {
  const said = new Set<string>();
  const lines: string[] = [];
  const visit = (one: Explanation): void => {
    const name = nameOf(pipelines, one);
    if (name === undefined) {
      one.because.forEach(visit);
      return;
    }
    if (said.has(name)) return;
    said.add(name);
    lines.push(`${indent}${name}`, ...causes(pipelines, one, `${indent}  `));
  };
  because.forEach(visit);
  return lines;
}

/** What a person calls a row of an explanation; undefined for one within a pipeline. */
function nameOf({ feeds, controllers }: Pipelines, { collection, key, because }: Explanation): string | undefined {
  const feed = feeds.find(({ id }) => id === collection);
  if (feed !== undefined) return `${feed.resource.kind} ${key}`;
  const makers = controllers.filter((controller) => viewOf(controller) === collection);
  const [first] = makers;
  if (first !== undefined)
    return `${first.target.resource.kind} ${key}, a view of ${makers.map(({ id }) => id).join(" and ")}`;
  return because.length === 0 ? `${collection} ${key}` : undefined;
}

function viewOf({ target: { resource } }: Controller): string | undefined {
  return resource.view ? `${resource.group}/${resource.kind}` : undefined;
}

function asSource(pipelines: Pipelines, wanted: Wanted): readonly string[] {
  const targets = new Map(pipelines.controllers.map(({ id, target }) => [id, target.resource]));
  return pipelines.feeds.flatMap(({ id: feed, resource }) => {
    if (!isKind(wanted, resource.kind)) return [];
    const traces = pipelines.trace(feed, wanted.key);
    if (traces.length === 0) return [];
    const faults = pipelines
      .faults()
      .filter(({ objects }) => objects.some((object) => object.feed === feed && object.key === wanted.key));
    const made = traces.flatMap(({ controller, target }) => {
      const to = targets.get(controller);
      const rows = target.map(({ key }) => `    ${to?.kind ?? ""} ${key}`);
      return [`  ${controller} makes of it`, ...(rows.length === 0 ? ["    nothing"] : [...new Set(rows)])];
    });
    return [
      `${resource.kind} ${wanted.key} is read as ${resourceId(resource)}`,
      ...made,
      ...faults.map(({ controller, at, message }) => `  left out by ${controller}: ${at}: ${message}`),
    ];
  });
}
