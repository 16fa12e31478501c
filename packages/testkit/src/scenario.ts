import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isMap, isSeq, parseDocument } from "yaml";
import { casesIn, folderOf, readCase, rewriting, stableYaml } from "./case-files.ts";

export interface ScenarioSuite<S> {
  /** The folder of `<case>.scenario.yaml`. */
  readonly dir: string | URL;
  /** Begins a story from its `start` field. */
  readonly open: (start: unknown) => S;
  /** Lets one event happen and gives what can be seen after it. Time is in the event, in milliseconds. */
  readonly step: (state: S, event: unknown) => unknown;
}

interface Story {
  readonly start?: unknown;
  readonly steps: readonly { readonly event: unknown; readonly expect?: unknown }[];
}

/**
 * Declares one test for each story of a folder: `start`, then `steps` of `event` and what to `expect` after it.
 *
 * A file opens with a `#` sentence. With GOLDEN=write the expectations are rewritten in place, comments kept.
 */
export function scenarioSuite<S>(suite: ScenarioSuite<S>): void {
  const folder = folderOf(suite.dir);
  const cases = casesIn(folder, ".scenario.yaml");
  describe(folder.replace(/^.*\/(?=packages\/|test\/)/, ""), () => {
    test("has stories", () => {
      expect(cases).not.toEqual([]);
    });
    test.each(cases)("%s", (name) => {
      const path = `${folder}${name}.scenario.yaml`;
      const { text, documents } = readCase(path);
      const { start, steps } = storyOf(documents, path);
      const state = suite.open(start);
      const seen = steps.map(({ event }) => settle(suite.step(state, event)));
      if (rewriting()) writeFileSync(path, rewritten(text, seen));
      else
        expect(stepsYaml(steps, seen)).toBe(
          stepsYaml(
            steps,
            steps.map((step) => settle(step.expect)),
          ),
        );
    });
  });
}

/** The value as its file would hold it, so that both sides of a comparison went the same way. */
function settle(value: unknown): unknown {
  return parseDocument(stableYaml(value)).toJS();
}

function storyOf(documents: readonly unknown[], path: string): Story {
  const [story, ...more] = documents;
  if (
    typeof story !== "object" ||
    story === null ||
    !("steps" in story) ||
    !Array.isArray(story.steps) ||
    more.length > 0
  ) {
    throw new Error(`${path}: a story is one document with a list of steps`);
  }
  return story as Story;
}

function stepsYaml(steps: Story["steps"], expectations: readonly unknown[]): string {
  return stableYaml(steps.map(({ event }, i) => ({ step: i + 1, event, expect: expectations[i] })));
}

function rewritten(text: string, seen: readonly unknown[]): string {
  const document = parseDocument(text);
  const steps = document.get("steps");
  if (!isSeq(steps)) throw new Error("a story without a list of steps was not refused");
  steps.items.forEach((step, i) => {
    if (isMap(step)) step.set("expect", document.createNode(seen[i], { aliasDuplicateObjects: false }));
  });
  return document.toString({ lineWidth: 0 });
}
