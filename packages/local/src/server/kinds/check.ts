import type { FieldError } from "../../schema/index.ts";
import { equal, type Json } from "../json/json.ts";

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const label1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualifiedPart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const label1035Text =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const qualifiedText =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const labelValueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const nameRules = {
  subdomain: [subdomain, 253, subdomainText],
  label: [label, 63, labelText],
  "label-1035": [label1035, 63, label1035Text],
} as const;
export type NameRule = keyof typeof nameRules;

/** Collects what is wrong with an object. Each method adds an error to `errors` unless all is well. */
export interface Check {
  readonly errors: FieldError[];
  /** An error where `when` is true. */
  wrong(when: boolean, path: string, value: Json | undefined, detail: string): void;
  forbid(when: boolean, path: string, detail: string): void;
  /** The value must be there and not be empty. */
  required(path: string, value: Json | undefined, detail?: string): void;
  oneOf(path: string, value: Json | undefined, allowed: readonly string[]): void;
  immutable(path: string, now: Json | undefined, before: Json | undefined): void;
  atLeast(path: string, value: Json | undefined, least: number): void;
  atMost(path: string, count: number, most: number): void;
  /** None may be equal to an earlier one; `pathOf` tells where each one is. Absent and empty ones don't count. */
  distinct(values: readonly (Json | undefined)[], pathOf: (index: number) => string): void;
  port(path: string, value: Json | undefined): void;
  name(path: string, value: string, rule: NameRule): void;
  /** A label key, an annotation key or a finalizer: an optional DNS prefix, a slash and a name. */
  qualifiedName(path: string, value: string): void;
  labelValue(path: string, value: string): void;
}

const isAbsent = (value: Json | undefined): boolean =>
  value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);

export const check = (): Check => {
  const errors: FieldError[] = [];
  const add = (error: FieldError): void => void errors.push(error);
  const wrong: Check["wrong"] = (when, path, value, detail) => {
    if (when) add({ path, type: "Invalid", value: value ?? null, detail });
  };
  return {
    errors,
    wrong,
    forbid: (when, path, detail) => {
      if (when) add({ path, type: "Forbidden", detail });
    },
    required: (path, value, detail = "") => {
      if (isAbsent(value)) add({ path, type: "Required", detail });
    },
    oneOf: (path, value, allowed) => {
      if (typeof value === "string" && allowed.includes(value)) return;
      const detail = `supported values: ${allowed.map((item) => JSON.stringify(item)).join(", ")}`;
      add({ path, type: "NotSupported", value: value ?? "", detail });
    },
    immutable: (path, now, before) => {
      wrong(!equal(now, before), path, now, "field is immutable");
    },
    atLeast: (path, value, least) => {
      const low = typeof value === "number" && value < least;
      wrong(low, path, value, `must be greater than ${least === 1 ? "0" : `or equal to ${least}`}`);
    },
    atMost: (path, count, most) => {
      if (count > most) add({ path, type: "TooMany", value: count, detail: `must have at most ${most} items` });
    },
    distinct: (values, pathOf) => {
      const seen = new Set<string>();
      values.forEach((value, index) => {
        if (isAbsent(value)) return;
        const text = JSON.stringify(value);
        if (seen.has(text)) add({ path: pathOf(index), type: "Duplicate", value, detail: "" });
        seen.add(text);
      });
    },
    port: (path, value) => {
      const fits = typeof value === "number" && value >= 1 && value <= 65_535;
      wrong(!fits, path, value ?? 0, "must be between 1 and 65535, inclusive");
    },
    name: (path, value, rule) => {
      const [pattern, most, text] = nameRules[rule];
      wrong(value.length > most, path, value, `must be no more than ${most} bytes`);
      wrong(value.length <= most && !pattern.test(value), path, value, text);
    },
    qualifiedName: (path, value) => {
      const slash = value.indexOf("/");
      const name = value.slice(slash + 1);
      wrong(slash >= 0 && !subdomain.test(value.slice(0, slash)), path, value, `prefix part ${subdomainText}`);
      wrong(name.length > 63, path, value, "name part must be no more than 63 bytes");
      wrong(name.length <= 63 && !qualifiedPart.test(name), path, value, qualifiedText);
    },
    labelValue: (path, value) => {
      wrong(value.length > 63, path, value, "must be no more than 63 bytes");
      wrong(value.length <= 63 && value !== "" && !qualifiedPart.test(value), path, value, labelValueText);
    },
  };
};
