import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { fences } from "../../tools/docs/markdown.ts";
import { root } from "../../tools/root.ts";
import { aFreePort } from "./free-port.ts";
import { startHeadgate } from "./headgate-process.ts";
import type { HeadgateProcess } from "./headgate-process.ts";

const patience = { timeout: 150_000, interval: 200 };
const readme = await readFile(join(root, "examples/endpoint-policy/README.md"), "utf8");
const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { scripts: { start: string } };

interface Step {
  readonly commands: string;
  /** What the page says that they print. */
  readonly printed: string | undefined;
}

/** The page's commands, block by block. */
const [start, ...steps] = fences(readme).flatMap(({ language, text: commands }, index, all): Step[] => {
  const after = all[index + 1];
  return language === "sh" ? [{ commands, printed: after?.language === "text" ? after.text : undefined }] : [];
});

/** Pods and ages are others each time. */
const regular = (text: string): string =>
  text
    .replace(/-[a-z0-9]{6,10}-[a-z0-9]{5}\b/g, "-POD")
    .replace(/\b(?:\d+[dhms])+$/gm, "AGE")
    .replace(/[ \r]+$/gm, "")
    .trim();

// `npm start` takes further arguments as this does, and goes by the last --demo.
const [, given = ""] = /main\.ts (.*)$/.exec(scripts.start) ?? [];
const [, further = ""] = /^npm start -- (.*)$/.exec(start?.commands.trim() ?? "") ?? [];
const without = spawnSync("kubectl", ["version", "--client"]).status !== 0;

describe.skipIf(without)("the walk through examples/endpoint-policy", () => {
  let folder: string;
  let headgate: HeadgateProcess;
  let gateway: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "headgate-walk-"));
    const port = await aFreePort();
    gateway = `127.0.0.1:${String(port)}`;
    const args = [...given.split(" "), ...further.split(" "), `--gateway-port-offset=${String(port - 80)}`];
    headgate = startHeadgate(args, folder);
    await vi.waitFor(() => {
      expect(headgate.output().match(/: ready$/gm), headgate.errors()).toHaveLength(4);
    }, patience);
  }, 240_000);
  afterAll(async () => {
    await headgate.stop("SIGKILL");
    await rm(folder, { recursive: true });
  });

  const run = (commands: string): Promise<{ readonly status: number; readonly out: string }> => {
    const KUBECONFIG = join(folder, ".headgate/kubeconfig");
    const text = commands.replaceAll("127.0.0.1:8080", gateway).replace(/^export KUBECONFIG=.*$/m, "");
    return new Promise((resolve) => {
      execFile("sh", ["-c", text], { cwd: root, env: { ...process.env, KUBECONFIG } }, (error, out) => {
        resolve({ status: error === null ? 0 : 1, out });
      });
    });
  };

  test("begins with npm start, which says what to try and which other scenario there is", () => {
    expect(given).toBe("local --demo pod-routes");
    expect(further).toBe("--demo endpoint-policy");
    expect(steps.length).toBeGreaterThan(10);
    expect(headgate.output()).toContain(`curl http://${gateway}/search/shoes`);
    expect(headgate.output()).toContain("npm start -- --demo pod-routes");
  });

  // In the order of the page: each step finds what those before it left.
  test.each(steps.map(({ commands, printed }) => [commands.trim(), printed] as const))(
    "%s",
    async (commands, printed) => {
      if (printed === undefined) {
        expect(await run(commands)).toMatchObject({ status: 0 });
        return;
      }
      // What was changed before may take a moment to be everywhere.
      await vi.waitFor(async () => {
        expect(regular((await run(commands)).out)).toBe(regular(printed));
      }, patience);
    },
    240_000,
  );
});
