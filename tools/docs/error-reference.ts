export interface CatalogueEntry {
  readonly retry: boolean;
  readonly text: string;
}

interface Section {
  readonly code: string;
  readonly body: string;
}

function sections(markdown: string): Section[] {
  return markdown
    .split(/^## /m)
    .slice(1)
    .map((part) => {
      const [heading = "", ...body] = part.split("\n");
      return { code: heading.trim().replaceAll("`", ""), body: body.join("\n") };
    });
}

/**
 * How the reference of error codes differs from the catalogue. Each code has a section `## CODE` that opens with
 * `*text*` and says `Retried: yes` or `Retried: no`, in the catalogue's order.
 */
export function errorReferenceComplaints(
  markdown: string,
  catalogue: Readonly<Record<string, CatalogueEntry>>,
): string[] {
  const documented = sections(markdown);
  const codes = Object.keys(catalogue);
  const missing = codes.filter((code) => !documented.some((section) => section.code === code));
  const complaints = missing.map((code) => `${code} has no section`);
  for (const { code, body } of documented) {
    const entry = catalogue[code];
    if (entry === undefined) {
      complaints.push(`${code} has a section but is not in the catalogue`);
      continue;
    }
    if (!body.trimStart().startsWith(`*${entry.text}*`)) complaints.push(`${code} does not open with *${entry.text}*`);
    if (!body.includes(`Retried: ${entry.retry ? "yes" : "no"}.`))
      complaints.push(`${code} does not say "Retried: ${entry.retry ? "yes" : "no"}."`);
    if (body.trim().split(/\s+/).length < 20) complaints.push(`${code} says hardly more than its name`);
  }
  const order = documented.map(({ code }) => code).filter((code) => codes.includes(code));
  if (complaints.length === 0 && order.join() !== codes.join())
    complaints.push("the sections are not in the catalogue's order");
  return complaints;
}
