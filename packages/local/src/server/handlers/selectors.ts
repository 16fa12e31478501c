import { badRequest } from "../http/api-error.ts";
import { at } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import { keyFault, nameFault } from "../kinds/names.ts";
import type { Resource } from "../kinds/resource.ts";

export type Selects = (object: KubeObject) => boolean;

/** What a field selector must know of a kind. */
export type Selectable = Pick<Resource, "group" | "version" | "plural" | "namespaced" | "selectable">;

type LabelTest = (labels: Record<string, string>) => boolean;

const setTest = /^([^\s!=,()]+)\s+(in|notin)\s*\(([^()]*)\)$/;
const equalityTest = /^([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)$/;
const existenceTest = /^(!?)\s*([^\s!=,()]+)$/;

const sound = (key: string, ...values: readonly string[]): void => {
  const fault =
    keyFault(key) ?? values.map((value) => nameFault(value, "value")).find((detail) => detail !== undefined);
  if (fault !== undefined) throw badRequest(`unable to parse requirement: ${fault}`);
};

const labelTest = (requirement: string): LabelTest => {
  const set = setTest.exec(requirement);
  if (set) {
    const [, key = "", operator, list = ""] = set;
    const values = new Set(list.split(",").map((value) => value.trim()));
    sound(key, ...values);
    return (labels) => {
      const value = labels[key];
      return operator === "in" ? value !== undefined && values.has(value) : value === undefined || !values.has(value);
    };
  }
  const equality = equalityTest.exec(requirement);
  if (equality) {
    const [, key = "", operator, value = ""] = equality;
    sound(key, value);
    return (labels) => (operator === "!=" ? labels[key] !== value : labels[key] === value);
  }
  const existence = existenceTest.exec(requirement);
  if (!existence)
    throw badRequest(`unable to parse requirement: ${JSON.stringify(requirement)} is not a label selector`);
  const [, not, key = ""] = existence;
  sound(key);
  return (labels) => key in labels !== (not === "!");
};

/** Splits at commas that are not within parentheses. */
const requirements = (text: string): string[] => text.split(/,(?![^(]*\))/).map((part) => part.trim());

export const labelSelector = (text: string): Selects => {
  const tests = requirements(text).map(labelTest);
  const none: Record<string, string> = {};
  return (object) => tests.every((test) => test(object.metadata.labels ?? none));
};

export const fieldSelector = (text: string, resource: Selectable): Selects => {
  const tests = requirements(text).map((requirement): Selects => {
    const parsed = /^([^!=]+)(==|=|!=)(.*)$/.exec(requirement);
    if (!parsed) throw badRequest(`invalid selector: '${text}'; can't understand '${requirement}'`);
    const [, field = "", operator, wanted] = parsed;
    const known = field === "metadata.name" || (field === "metadata.namespace" && resource.namespaced);
    if (!known && !resource.selectable.includes(field)) {
      throw badRequest(
        `Unable to find "${resource.group === "" ? "" : `${resource.group}/`}${resource.version}, Resource=${resource.plural}" that match label selector "", field selector "${text}": field label not supported: ${field}`,
      );
    }
    const path = field === "source" ? ["source", "component"] : field.split(".");
    return (object) => {
      const value = at(object, ...path);
      const shown = typeof value === "object" || value === undefined ? "" : String(value);
      return (shown === wanted) === (operator !== "!=");
    };
  });
  return (object) => tests.every((test) => test(object));
};

/** What the query's selectors let through. */
export const selectionOf = (query: URLSearchParams, resource: Selectable): Selects => {
  const labels = query.get("labelSelector");
  const fields = query.get("fieldSelector");
  const byLabel = labels ? labelSelector(labels) : undefined;
  const byField = fields ? fieldSelector(fields, resource) : undefined;
  return (object) => (byLabel?.(object) ?? true) && (byField?.(object) ?? true);
};
