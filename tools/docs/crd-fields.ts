import type { KubeObject } from "@headgate/api";

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
}

/** Begins and ends what is written between. */
export const marks = ["<!-- fields -->\n", "<!-- /fields -->"] as const;

/** A page with the table of all fields of a CRD's spec between its marks. Throws when the page has no marks. */
export function withFields(page: string, crd: KubeObject): string {
  const [before, rest] = split(page, marks[0]);
  const [, after] = split(rest, marks[1]);
  return `${before}${marks[0]}${table(crd)}${marks[1]}${after}`;
}

function split(text: string, at: string): readonly [string, string] {
  const index = text.indexOf(at);
  if (index < 0) throw new Error(`the page has no ${at.trim()}`);
  return [text.slice(0, index), text.slice(index + at.length)];
}

function table(crd: KubeObject): string {
  const spec = crd.spec as {
    versions: [{ schema: { openAPIV3Schema: { properties: { spec: Node } } } }];
  };
  const rows = fieldsOf(spec.versions[0].schema.openAPIV3Schema.properties.spec, "spec");
  const head = ["| field | type | required | default | meaning |", "| --- | --- | --- | --- | --- |"];
  return `${[...head, ...rows].join("\n")}\n`;
}

function fieldsOf({ properties = {}, required = [] }: Node, path: string): readonly string[] {
  return Object.entries(properties).flatMap(([name, node]) => {
    const place = `${path}.${name}`;
    const shown = node.default === undefined ? "" : `\`${JSON.stringify(node.default)}\``;
    const must = required.includes(name) ? "yes" : "";
    const row = `| \`${place}\` | ${typeOf(node)} | ${must} | ${shown} | ${node.description ?? ""} |`;
    const below = node.items === undefined ? fieldsOf(node, place) : fieldsOf(node.items, `${place}[]`);
    return [row, ...below];
  });
}

function typeOf({
  type,
  enum: words,
  minimum,
  maximum,
  items,
  "x-kubernetes-preserve-unknown-fields": anything,
}: Node): string {
  if (words !== undefined) return words.map((word) => `\`${word}\``).join(", ");
  if (items !== undefined) return `list of ${items.type ?? "integer or string"}`;
  if (minimum === undefined || maximum === undefined)
    return type ?? (anything === true ? "anything" : "integer or string");
  return `${String(minimum)} to ${String(maximum)}`;
}
