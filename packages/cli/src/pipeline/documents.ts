import { yamlText } from "@headgate/pipeline";

/** How records are printed: a stream of YAML documents, or a line of JSON for each. */
export type Format = "yaml" | "json";

export const formats: readonly Format[] = ["yaml", "json"];

/** Records as text. The same for the same records. */
export function documentsText(records: readonly unknown[], format: Format): string {
  if (format === "json") return records.map((record) => `${JSON.stringify(record)}\n`).join("");
  return records.map((record) => yamlText(record)).join("---\n");
}
