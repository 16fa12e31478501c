import { readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";

/** A note to oneself in a comment; elsewhere the same letters may be data, as an HTTP method is. */
const note = new RegExp(
  `(?://|/\\*|^\\s*\\*).*\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"].join("|")})\\b`,
);
const stub = /\bnot (?:yet )?implemented\b/i;
const vague = /(^|\/)(utils?|common|helpers?|managers?|misc|stuff)(\.|\/|-|$)/i;
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|kubernetes\.test|bench|d))?\.(ts|mjs)$/;

const only = /\b(?:test|it|describe)(?:\.\w+)*\.only\b/;
const rewrites = /^import\b[^;"]*\b(?:goldenSuite|scenarioSuite)\b[^;"]*"@headgate\/testkit"/m;

/** What is wrong with a source file as a file: its name, its length, words that say that it isn't finished. */
export function hygieneComplaints(base: string, file: string): string[] {
  const text = readFileSync(join(base, file), "utf8");
  const lines = text.split("\n");
  const complaints: string[] = [];
  if (!kebab.test(basename(file))) complaints.push(`${file}: the name is not in kebab-case`);
  if (vague.test(file)) complaints.push(`${file}: a name that says nothing; find the noun`);
  if (lines.length > 401 && file.includes("/src/"))
    complaints.push(`${file}: ${String(lines.length)} lines, 400 are allowed`);
  if (rewrites.test(text) && !/\/test\/(?:.*\/)?golden\//.test(`/${file}`))
    complaints.push(
      `${file}: golden and scenario suites live in a folder \`golden\`, where \`npm run golden\` finds them`,
    );
  if (only.test(text)) complaints.push(`${file}: a focused test hides the others`);
  if (extname(file) === ".ts" && !file.endsWith("tools/docs/hygiene.ts"))
    lines.forEach((line, index) => {
      const word = note.exec(line)?.[1] ?? (file.includes("/src/") ? stub.exec(line)?.[0] : undefined);
      if (word !== undefined) complaints.push(`${file}:${String(index + 1)}: "${word}": finish it or leave it out`);
    });
  return complaints;
}
