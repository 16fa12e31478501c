import { describe, expect, test } from "vitest";
import { unknownCommands } from "../../tools/docs/commands.ts";
import { errorReferenceComplaints } from "../../tools/docs/error-reference.ts";
import { hygieneComplaints } from "../../tools/docs/hygiene.ts";
import { brokenLinks } from "../../tools/docs/links.ts";
import { commandReference } from "../../tools/docs/subcommands.ts";
import { plant } from "./fixture.ts";

describe("links", () => {
  const broken = (text: string): string[] => {
    using planted = plant({
      "docs/page.md": text,
      "docs/other.md": "# A `heading`, twice\n\n# A heading twice\n",
      "a.ts": "",
    });
    return brokenLinks(planted.folder, ["docs/page.md"]).map((line) => line.split(": ").at(-1) ?? "");
  };

  test("good ones pass", () => {
    const links = [
      "[a](other.md)",
      "[b](../a.ts)",
      "[c](other.md#a-heading-twice-1)",
      "[d](#here)",
      "[e](https://x.test/#y)",
    ];
    expect(broken(`# Here\n\n${links.join("\n")}\n\n\`\`\`md\n[not a link](nowhere.md)\n\`\`\`\n`)).toEqual([]);
  });

  test.each([
    ["[a](nowhere.md)", "no such file"],
    ["[a](other.md#nowhere)", "no such heading"],
    ["[a](#nowhere)", "no such heading"],
    ["![a](picture.png)", "no such file"],
    ["[a](../../outside.md)", "leaves the repository"],
    ["[a](/etc/hosts)", "starts at the root of a disk; make it relative"],
    ["[a](../a.ts#L3)", "an anchor in something that is not Markdown"],
    ["[`code`](nowhere.md)", "no such file"],
  ])("%s is rejected: %s", (text, why) => {
    expect(broken(text)).toEqual([why]);
  });
});

describe("commands", () => {
  const known = { scripts: ["check"], subcommands: ["local"] };
  const block = (command: string): string => `\`\`\`sh\n${command}\n\`\`\`\n`;

  test.each([
    "npm start",
    "npm test",
    "npm run check -- types",
    "npx headgate local --port 0",
    "npx headgate --help",
    "curl x | sh",
  ])("%s passes", (command) => {
    expect(unknownCommands(block(command), known)).toEqual([]);
  });

  test.each([
    ["npm run nowhere", "no script is called nowhere"],
    ["npm strat", "npm strat is not one of ours"],
    ["npx headgate nowhere", "headgate has no command nowhere"],
    ["cd x && GOLDEN=write npm run nowhere", "no script is called nowhere"],
    ["$ npm run nowhere", "no script is called nowhere"],
  ])("%s is rejected", (command, why) => {
    expect(unknownCommands(block(command), known)).toEqual([`line 2: ${why}`]);
  });
});

describe("error reference", () => {
  const catalogue = { LOST: { retry: true, text: "it is lost" }, FOUND: { retry: false, text: "it was found" } };
  const lines = "One or two sentences for whoever sees this code, with what it means and what to do about it.";
  const lost = `## LOST\n\n*it is lost*. Retried: yes.\n\n${lines}\n`;
  const found = `## FOUND\n\n*it was found*. Retried: no.\n\n${lines}\n`;

  test("the same on both sides passes", () => {
    expect(errorReferenceComplaints(`# Codes\n\n${lost}\n${found}`, catalogue)).toEqual([]);
  });

  test.each([
    ["a code without a section", lost, "FOUND has no section"],
    ["a section without a code", `${lost}${found}## GONE\n`, "GONE has a section but is not in the catalogue"],
    ["another text", lost.replace("it is", "it was") + found, "LOST does not open with *it is lost*"],
    ["another retry policy", lost + found.replace("no.", "yes."), 'FOUND does not say "Retried: no."'],
    ["an empty section", lost.replace(lines, "") + found, "LOST says hardly more than its name"],
    ["another order", found + lost, "the sections are not in the catalogue's order"],
  ])("%s is rejected", (_, markdown, why) => {
    expect(errorReferenceComplaints(markdown, catalogue)).toEqual([why]);
  });
});

describe("hygiene", () => {
  const complaints = (file: string, text: string): string[] => {
    using planted = plant({ [file]: text });
    return hygieneComplaints(planted.folder, file);
  };

  test("a file like any other passes", () => {
    const golden = 'import { goldenSuite } from "@headgate/testkit";\n';
    expect(complaints("packages/kube/test/golden/watch.test.ts", golden)).toEqual([]);
    expect(complaints("test/golden/watch.test.ts", golden)).toEqual([]);
    const data = `// Todos are not what this is about.\nexport const method = "${["HA", "CK"].join("")}";\n`;
    expect(complaints("packages/kube/src/watch-line.ts", data)).toEqual([]);
  });

  test.each([
    ["packages/kube/src/WatchLine.ts", "", "the name is not in kebab-case"],
    ["packages/kube/src/utils.ts", "", "a name that says nothing"],
    ["packages/kube/src/helpers/watch.ts", "", "a name that says nothing"],
    ["packages/kube/src/long.ts", "\n".repeat(401), "402 lines, 400 are allowed"],
    ["packages/kube/src/watch.ts", `// ${"TO" + "DO"}: later`, "finish it or leave it out"],
    ["packages/kube/src/watch.ts", `throw new Error("${"not " + "implemented"}");`, "finish it or leave it out"],
    ["packages/kube/test/watch.test.ts", ["test", "only('x', () => {});"].join("."), "hides the others"],
    [
      "packages/kube/test/watch.test.ts",
      'import { goldenSuite } from "@headgate/testkit";',
      "live in a folder `golden`",
    ],
    ["test/golden.test.ts", 'import {\n  scenarioSuite,\n} from "@headgate/testkit";', "live in a folder `golden`"],
  ])("%s with %j is rejected", (file, text, why) => {
    expect(complaints(file, text).join()).toContain(why);
  });
});

test("the command reference follows subcommands, and changes when any help text does", () => {
  const help: Record<string, string> = {
    "": "Usage: headgate\n\nCommands:\n  local [options]  cluster\n  help [command]   display help",
    local: "Usage: headgate local\n\nOptions:\n  --port <number>",
  };
  const page = (texts: Record<string, string>): string =>
    commandReference((args) => texts[args.join(" ")] ?? "missing");
  expect(page(help)).toContain("## headgate local\n\n```text\nUsage: headgate local");
  expect(page(help)).not.toContain("missing");
  expect(page({ ...help, local: "Usage: headgate local" })).not.toBe(page(help));
});
