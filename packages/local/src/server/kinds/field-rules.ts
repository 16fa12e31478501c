import type { FieldError } from "../../schema/index.ts";
import type { Json } from "../json/json.ts";
import { equal } from "../json/json.ts";

export const required = (path: string, detail = ""): FieldError => ({ path, type: "Required", detail });
export const wrong = (path: string, value: Json | undefined, detail: string): FieldError => ({
  path,
  type: "Invalid",
  value,
  detail,
});
export const refused = (path: string, detail: string): FieldError => ({ path, type: "Forbidden", detail });
export const duplicate = (path: string, value: Json | undefined): FieldError => ({
  path,
  type: "Duplicate",
  value,
  detail: "",
});

export const oneOf = (path: string, value: Json | undefined, allowed: readonly string[]): FieldError[] =>
  typeof value === "string" && allowed.includes(value)
    ? []
    : [
        {
          path,
          type: "NotSupported",
          value: value ?? "",
          detail: `supported values: ${allowed.map((item) => JSON.stringify(item)).join(", ")}`,
        },
      ];

export const immutable = (path: string, now: Json | undefined, before: Json | undefined): FieldError[] =>
  equal(now, before) ? [] : [wrong(path, now, "field is immutable")];

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const label1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualifiedPart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const nameTexts = {
  subdomain: {
    rule: subdomain,
    most: 253,
    text: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  },
  label: {
    rule: label,
    most: 63,
    text: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  },
  "label-1035": {
    rule: label1035,
    most: 63,
    text: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
  },
} as const;
export type NameRule = keyof typeof nameTexts;

export const nameErrors = (path: string, name: string, kind: NameRule): FieldError[] => {
  const { rule, most, text } = nameTexts[kind];
  if (name.length > most) return [wrong(path, name, `must be no more than ${most} bytes`)];
  return rule.test(name) ? [] : [wrong(path, name, text)];
};

const qualifiedText =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/** A label key, an annotation key or a finalizer: an optional DNS prefix, a slash and a name. */
export const qualifiedNameErrors = (path: string, key: string): FieldError[] => {
  const slash = key.indexOf("/");
  const [prefix, name] = slash < 0 ? [undefined, key] : [key.slice(0, slash), key.slice(slash + 1)];
  if (prefix !== undefined && !subdomain.test(prefix))
    return [wrong(path, key, `prefix part ${nameTexts.subdomain.text}`)];
  if (name.length > 63) return [wrong(path, key, "name part must be no more than 63 bytes")];
  return qualifiedPart.test(name) ? [] : [wrong(path, key, qualifiedText)];
};

export const labelValueErrors = (path: string, value: string): FieldError[] => {
  if (value.length > 63) return [wrong(path, value, "must be no more than 63 bytes")];
  if (value === "" || qualifiedPart.test(value)) return [];
  return [
    wrong(
      path,
      value,
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ),
  ];
};

export const portErrors = (path: string, port: Json | undefined): FieldError[] =>
  typeof port === "number" && port >= 1 && port <= 65_535
    ? []
    : [wrong(path, port, "must be between 1 and 65535, inclusive")];
