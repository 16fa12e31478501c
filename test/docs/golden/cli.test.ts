import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { commandExists, commandReference, helpText } from "../../../tools/docs/subcommands.ts";
import { root } from "../../../tools/root.ts";

const page = `${root}docs/reference/cli.md`;

// Each subcommand is a process of its own.
const timeout = 120_000;

test.runIf(commandExists())("docs/reference/cli.md is what each subcommand's --help prints", { timeout }, () => {
  const written = commandReference(helpText);
  if (process.env["GOLDEN"] === "write") writeFileSync(page, written);
  expect(existsSync(page) ? readFileSync(page, "utf8") : "").toBe(written);
});
