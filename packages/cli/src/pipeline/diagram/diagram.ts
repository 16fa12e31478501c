import { parseFieldPath } from "../../render/index.ts";
import type { Controller, Resource, Source, Stage } from "@headgate/pipeline";

import type { Operators, WrittenOperator } from "../operator-file.ts";

/** Operators as a graph: resources, and the controllers between them. Everything is in the order in which it is written. */
export interface Diagram {
  readonly nodes: readonly DiagramNode[];
  readonly edges: readonly DiagramEdge[];
}

export interface DiagramNode {
  /** Letters and digits: fit for every format. */
  readonly id: string;
  readonly kind: "controller" | "resource" | "view" | "trigger";
  readonly title: string;
  /** The stages of a controller; where else the group and version of a resource. */
  readonly lines: readonly string[];
}

export interface DiagramEdge {
  readonly from: string;
  readonly to: string;
  /** How a source is filtered, or a target written; empty where there is nothing to say. */
  readonly label: string;
}

/** Draws up operators. */
export function diagramOf({ list }: Operators): Diagram {
  const resources = new Map<string, DiagramNode>();
  const controllers: DiagramNode[] = [];
  const edges: DiagramEdge[] = [];
  const resource = (key: string, make: (id: string) => DiagramNode): string => {
    const node = resources.get(key) ?? make(`r${resources.size}`);
    resources.set(key, node);
    return node.id;
  };
  for (const operator of list)
    for (const controller of operator.controllers) {
      const id = `c${controllers.length}`;
      const lines = controller.stages.map((stage) => stageText(stage, controller, operator));
      controllers.push({ id, kind: "controller", title: controller.id, lines });
      for (const source of controller.sources) {
        const key = source.type === "Watcher" ? keyOf(source.resource) : `${source.at} of ${operator.name}`;
        const from = resource(key, (one) =>
          source.type === "Watcher" ? nodeOf(one, source.resource) : triggerOf(one, source),
        );
        edges.push({ from, to: id, label: sourceText(source) });
      }
      const { target } = controller;
      const to = resource(keyOf(target.resource), (one) => nodeOf(one, target.resource));
      edges.push({ from: id, to, label: target.type === "Patcher" ? "patches" : "" });
    }
  return { nodes: [...resources.values(), ...controllers], edges };
}

function keyOf({ group, kind }: Resource): string {
  return `${group}/${kind}`;
}

function nodeOf(id: string, { group, version, kind, view }: Resource): DiagramNode {
  const name = `${group === "" ? "core" : group}${version === undefined ? "" : `/${version}`}`;
  return {
    id,
    kind: view ? "view" : "resource",
    title: kind,
    lines: [view ? `view of ${group.split(".")[0] ?? ""}` : name],
  };
}

function triggerOf(id: string, { type, resource, period }: Source): DiagramNode {
  const when = type === "OneShot" ? "once" : `every ${(period ?? 0) / 1000} s`;
  return { id, kind: "trigger", title: resource.kind, lines: [when] };
}

function sourceText({ name, resource, namespace, labelSelector, predicate }: Source): string {
  return [
    ...(name === resource.kind ? [] : [`as ${name}`]),
    ...(namespace === undefined ? [] : [`in ${namespace}`]),
    ...(labelSelector === undefined ? [] : ["by labels"]),
    ...(predicate === undefined ? [] : ["by predicate"]),
  ].join(", ");
}

/** The operation as it is written, with the little that tells it from others of its kind. */
function stageText(stage: Stage, { sources }: Controller, { at, spec }: WrittenOperator): string {
  const path = parseFieldPath(stage.at);
  const name = path.at(-1) ?? stage.kind;
  const raw = path.slice(parseFieldPath(at).length).reduce<unknown>(below, spec);
  const detail = ((): string => {
    switch (stage.kind) {
      case "join":
        return sources.flatMap((source) => (source.type === "Periodic" ? [] : [source.name])).join(" × ");
      case "select":
        return typeof raw === "object" && raw !== null ? (Object.keys(raw)[0] ?? "") : String(raw);
      case "unwind":
        return String(raw);
      case "gather":
        return Array.isArray(raw) ? String(raw[1]) : "";
      case "project":
        return "";
    }
  })();
  return shortened(`${name} ${detail}`.trim());
}

function below(value: unknown, step: string | number): unknown {
  return (value as Readonly<Record<string | number, unknown>> | null | undefined)?.[step];
}

const longest = 48;

function shortened(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
