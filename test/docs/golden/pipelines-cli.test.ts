import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { explainCommand } from "../../../packages/cli/src/commands/explain.ts";
import { pipelineCommand } from "../../../packages/cli/src/commands/pipeline/index.ts";
import { root } from "../../../tools/root.ts";

const page = `${root}docs/guides/pipelines-cli.md`;
const commands = { pipeline: pipelineCommand, explain: explainCommand };

/** A command, and the block behind it with what it prints. */
const block = /```sh\nnpx headgate (pipeline|explain) (.*)\n```\n\n```(text|yaml|mermaid)\n([^]*?)\n```\n/g;

let before = "";
beforeAll(() => {
  before = process.cwd();
  process.chdir(root);
});
afterAll(() => {
  process.chdir(before);
});

async function printed(name: keyof typeof commands, args: readonly string[]): Promise<string> {
  let text = "";
  const keep = (chunk: unknown): boolean => {
    text += String(chunk);
    return true;
  };
  const spies = [vi.spyOn(process.stdout, "write"), vi.spyOn(process.stderr, "write")];
  for (const spy of spies) spy.mockImplementation(keep);
  try {
    await commands[name]()
      .exitOverride()
      .parseAsync([...args], { from: "user" });
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return text.trimEnd();
}

test("what the guide's commands print is what the guide says", async () => {
  const text = readFileSync(page, "utf8");
  let written = "";
  let end = 0;
  let count = 0;
  for (const { 0: all, 1: name, 2: line = "", 3: language, index } of text.matchAll(block)) {
    const out = await printed(name as keyof typeof commands, line.split(" "));
    written += `${text.slice(end, index)}\`\`\`sh\nnpx headgate ${name ?? ""} ${line}\n\`\`\`\n\n\`\`\`${language ?? ""}\n${out}\n\`\`\`\n`;
    end = index + all.length;
    count++;
  }
  written += text.slice(end);
  expect(count).toBe(text.match(/^npx headgate /gm)?.length);
  expect(count).toBeGreaterThan(5);
  if (process.env["GOLDEN"] === "write") writeFileSync(page, written);
  expect(readFileSync(page, "utf8")).toBe(written);
});
