import type { Json, KubeObject } from "@headgate/api";

import { plainMetadata, record, textMap, without } from "./view-object.ts";

interface Column {
  readonly name: string;
  readonly description: string;
  /** 0 is always shown, 1 only by `-o wide`. */
  readonly priority: 0 | 1;
  cell(object: KubeObject): string;
}

const longestContent = 80;
const mostConditions = 3;
const mostLabels = 3;
const none = "<none>";

/** The same for every view, because a client keeps the columns of its first table. */
const columns: readonly Column[] = [
  { name: "Name", description: "Name of the object", priority: 0, cell: ({ metadata }) => metadata.name },
  {
    name: "Conditions",
    description: "The conditions that are true, or unknown as Condition=Unknown",
    priority: 0,
    cell: conditionsOf,
  },
  {
    name: "Content",
    description: "What the object says, but for its metadata and conditions",
    priority: 0,
    cell: contentOf,
  },
  { name: "Labels", description: "Labels", priority: 1, cell: labelsOf },
  {
    name: "Annotations",
    description: "How many annotations there are",
    priority: 1,
    cell: ({ metadata }) => String(Object.keys(textMap(metadata.annotations)).length),
  },
];

/** What a row of a table brings along. */
export type Included = "None" | "Metadata" | "Object";

/** The table that `kubectl get` prints. */
export function tableOf(objects: readonly KubeObject[], include: Included, metadata: object): object {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: columns.map(({ name, description, priority }) => ({
      name,
      type: "string",
      format: name === "Name" ? "name" : "",
      description,
      priority,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object)),
      ...(include === "None" ? {} : { object: include === "Object" ? object : partial(object) }),
    })),
  };
}

/** An object of which only the metadata is told. */
export function partial(object: KubeObject): object {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: plainMetadata(object) };
}

function conditionsOf({ status }: KubeObject): string {
  const { conditions } = record(status as Json | undefined);
  if (!Array.isArray(conditions)) return none;
  const shown = conditions.flatMap((one: Json) => {
    const { type, status: is } = record(one);
    if (typeof type !== "string" || is === "False") return [];
    return [is === "True" ? type : `${type}=Unknown`];
  });
  return shortened(shown, mostConditions);
}

function contentOf(object: KubeObject): string {
  const { status, ...rest } = without(object as unknown as Json, ["apiVersion", "kind", "metadata"]);
  const told = isMap(status) ? without(status, ["conditions"]) : status;
  const isTold = told !== undefined && !(isMap(told) && Object.keys(told).length === 0);
  const shown = abridged({ ...rest, ...(isTold ? { status: told } : {}) }).replaceAll(/\p{C}+/gu, " ");
  if (shown === "") return none;
  const letters = Array.from(shown);
  return letters.length > longestContent ? `${letters.slice(0, longestContent - 1).join("")}…` : shown;
}

/** The beginning of a map as a text; no more of it is looked at than can be shown. */
function abridged(map: Json): string {
  let text = "";
  const isFull = (): boolean => text.length > 2 * longestContent;
  const fields = (value: object): void => {
    let first = true;
    for (const [name, item] of Object.entries(value) as [string, Json][]) {
      if (isFull()) return;
      text += `${first ? "" : ", "}${name.slice(0, longestContent)}: `;
      first = false;
      put(item);
    }
  };
  const put = (value: Json): void => {
    if (isFull()) return;
    if (Array.isArray(value)) {
      text += "[";
      for (const [index, item] of value.entries() as Iterable<[number, Json]>) {
        if (isFull()) return;
        text += index === 0 ? "" : ", ";
        put(item);
      }
      text += "]";
    } else if (typeof value === "object" && value !== null) {
      text += "{";
      fields(value);
      text += "}";
    } else text += String(value).slice(0, longestContent);
  };
  fields(map as object);
  return text;
}

function labelsOf({ metadata }: KubeObject): string {
  return shortened(
    Object.entries(textMap(metadata.labels)).map(([name, value]) => `${name}=${value}`),
    mostLabels,
  );
}

function shortened(texts: readonly string[], most: number): string {
  if (texts.length === 0) return none;
  const more = texts.length > most ? [`+${String(texts.length - most)} more`] : [];
  return [...texts.slice(0, most), ...more].join(",");
}

function isMap(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
