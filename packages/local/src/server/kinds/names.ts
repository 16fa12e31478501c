const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const qualified = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

interface Form {
  readonly what: string;
  readonly pattern: string;
  readonly most: number;
}

const forms = {
  subdomain: { what: "a lowercase RFC 1123 subdomain", pattern: `${label}(\\.${label})*`, most: 253 },
  label: { what: "a lowercase RFC 1123 label", pattern: label, most: 63 },
  qualified: { what: "name part", pattern: qualified, most: 63 },
  value: { what: "a valid label", pattern: `(${qualified})?`, most: 63 },
  path: { what: "a path segment", pattern: "(?!\\.\\.?$)[^/%]+", most: 253 },
  configKey: { what: "a valid config key", pattern: "(?!\\.\\.)[-._a-zA-Z0-9]+", most: 253 },
} as const satisfies Record<string, Form>;

/** The forms that names may have to have. */
export type NameRule = keyof typeof forms;

/** What is wrong with a name; `undefined` when nothing is. */
export const nameFault = (name: string, rule: NameRule): string | undefined => {
  const { what, pattern, most } = forms[rule];
  if (name.length > most) return `must be no more than ${most} bytes`;
  return new RegExp(`^${pattern}$`).test(name) ? undefined : `${what} must match the regular expression '${pattern}'`;
};

/** What is wrong with a label key, an annotation key or a finalizer: an optional subdomain, a slash and a name. */
export const keyFault = (key: string): string | undefined => {
  const slash = key.indexOf("/");
  const prefix = slash < 0 ? undefined : nameFault(key.slice(0, slash), "subdomain");
  return prefix === undefined ? nameFault(key.slice(slash + 1), "qualified") : `prefix part ${prefix}`;
};
