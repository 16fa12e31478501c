import { readFile } from "node:fs/promises";
import { parse } from "yaml";

/** What stands in for an image. */
export interface ImageRule {
  /** Program and first arguments, in the place of the image's entry point. `$(VAR)` is expanded from the pod's environment. */
  readonly command?: readonly string[];
  /** In the place of the image's default arguments: used when the pod gives none. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Run the pod's own `command` and `args` on this machine. Without it the pod's `command` is not looked at: it names a path in an image. */
  readonly podCommand?: boolean;
  /** The image cannot be pulled; this is the reason given. */
  readonly pullError?: string;
}

/** Rules by image; `*` in a name stands for any text. The first that matches counts. */
export type ImageRules = Readonly<Record<string, ImageRule>>;

/** Rules, or the path of a YAML or JSON file of them; the file is read at each pull, so that it can be changed under a running pod. */
export type Images = ImageRules | string;

export async function ruleFor(images: Images, image: string): Promise<ImageRule | undefined> {
  const rules = typeof images === "string" ? await readRules(images) : images;
  return Object.entries(rules).find(([pattern]) => matches(pattern, image))?.[1];
}

function matches(pattern: string, image: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(image);
}

async function readRules(path: string): Promise<ImageRules> {
  const rules: unknown = parse(await readFile(path, "utf8"));
  if (rules === null) return {};
  if (typeof rules !== "object" || Array.isArray(rules)) throw new Error(`${path}: want a map from image to rule`);
  const entries = Object.entries(rules).map(
    ([image, rule]) => [image, checkedRule(rule, `${path}: ${image}`)] as const,
  );
  return Object.fromEntries(entries);
}

const isStrings = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === "string");
const fields: Readonly<Record<keyof ImageRule, (value: unknown) => boolean>> = {
  command: isStrings,
  args: isStrings,
  env: (value) => typeof value === "object" && value !== null && isStrings(Object.values(value)),
  cwd: (value) => typeof value === "string",
  podCommand: (value) => typeof value === "boolean",
  pullError: (value) => typeof value === "string",
};

function checkedRule(rule: unknown, where: string): ImageRule {
  if (typeof rule !== "object" || rule === null) throw new Error(`${where}: want a rule`);
  const checks: Readonly<Record<string, (value: unknown) => boolean>> = fields;
  for (const [name, value] of Object.entries(rule)) {
    if (checks[name]?.(value) !== true) throw new Error(`${where}: field "${name}" is unknown or of the wrong type`);
  }
  return rule;
}
