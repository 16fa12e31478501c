import type { KubeObject } from "@headgate/api";

import { badRequest } from "./failure.ts";
import { textMap } from "./view-object.ts";

export type Selects = (object: KubeObject) => boolean;

const setTest = /^([^\s!=,()]+)\s+(in|notin)\s*\(([^()]*)\)$/;
const equalityTest = /^([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)$/;
const existenceTest = /^(!?)\s*([^\s!=,()]+)$/;

/** What a namespace and the selectors of a query let through. Throws 400 for what is no selector. */
export function selectionOf(query: URLSearchParams, namespace: string | undefined): Selects {
  const labels = split(query.get("labelSelector")).map(labelTest);
  const fields = split(query.get("fieldSelector")).map(fieldTest);
  return (object) => {
    if (namespace !== undefined && object.metadata.namespace !== namespace) return false;
    if (fields.some((test) => !test(object))) return false;
    if (labels.length === 0) return true;
    const of = new Map(Object.entries(textMap(object.metadata.labels)));
    return labels.every((test) => test(of));
  };
}

/** At commas that are not within parentheses. */
function split(text: string | null): readonly string[] {
  if (text === null || text.trim() === "") return [];
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}

function labelTest(text: string): (labels: ReadonlyMap<string, string>) => boolean {
  const [, member, kind, list] = setTest.exec(text) ?? [];
  if (member !== undefined && list !== undefined) {
    const values = new Set(list.split(",").map((value) => value.trim()));
    const isIn = (value: string | undefined): boolean => value !== undefined && values.has(value);
    return (labels) => isIn(labels.get(member)) === (kind === "in");
  }
  const [, key, operator, value] = equalityTest.exec(text) ?? [];
  if (key !== undefined) return (labels) => (labels.get(key) === value) === (operator !== "!=");
  const [, not, name] = existenceTest.exec(text) ?? [];
  if (name === undefined) throw badRequest(`unable to parse requirement: ${quoted(text)} is not a label selector`);
  return (labels) => labels.has(name) === (not !== "!");
}

function fieldTest(text: string): Selects {
  const [, field, operator, value = ""] = /^([^!=]+?)(==|=|!=)(.*)$/.exec(text) ?? [];
  if (field === undefined) throw badRequest(`invalid selector: ${quoted(text)} is not a field selector`);
  if (field !== "metadata.name" && field !== "metadata.namespace") {
    throw badRequest(
      `field label not supported: ${quoted(field)}: views are selected by metadata.name and metadata.namespace`,
    );
  }
  const isWanted = operator !== "!=";
  return ({ metadata }) =>
    ((field === "metadata.name" ? metadata.name : (metadata.namespace ?? "")) === value) === isWanted;
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
