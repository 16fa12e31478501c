/**
 * `npm run test:kubernetes`: builds what is missing, and runs the suites of the real rig in a network namespace of their own; with
 * `USE_EXISTING_CLUSTER=true`, those that can, on the cluster of the current kubeconfig. Arguments go to Vitest.
 */
import { fileURLToPath } from "node:url";

import { contourPrograms, controlPlanePrograms, runInOwnNetwork } from "@headgate/local";

import { provideHelm } from "../../../tools/helm.ts";
import { runOnExistingCluster } from "./existing-cluster.ts";
import { fetchPublished } from "./published-kinds.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const config = `${root}vitest.kubernetes.config.ts`;
const inside = fileURLToPath(new URL("inside.ts", import.meta.url));
const vitest = [process.execPath, `${root}node_modules/vitest/vitest.mjs`, "run", "--config", config];
const suites = [...vitest, ...process.argv.slice(2)];

const say = (line: string): void => {
  console.error(`kubernetes rig: ${line}`);
};

/** What comes by the network may come at the second or third attempt; what was got before the failure is kept. */
async function fetched(what: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; attempt < 3; attempt += 1) {
    try {
      await what();
      return;
    } catch (error) {
      say(`${error instanceof Error ? error.message : String(error)}; trying again`);
    }
  }
  await what();
}

async function runOnOwnCluster(): Promise<number> {
  // Inside there is no way out to download anything.
  await fetched(() => controlPlanePrograms({ say }));
  await fetched(() => contourPrograms({ say }));
  await fetched(fetchPublished);
  // The suites run as the service accounts of the chart.
  if (provideHelm() === undefined) throw new Error("the suites of the real rig need Helm 3, or Go to build it");
  return runInOwnNetwork([process.execPath, "--conditions=@headgate/source", inside, ...suites], { cwd: root });
}

try {
  const isThere = process.env["USE_EXISTING_CLUSTER"] === "true";
  process.exitCode = await (isThere ? runOnExistingCluster({ root, command: suites, say }) : runOnOwnCluster());
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
