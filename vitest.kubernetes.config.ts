import { defineConfig } from "vitest/config";

const conditions = ["@headgate/source"];

/** The suites that run on a real control plane, which `inside.ts` starts once for all of them. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    name: "kubernetes",
    include: ["test/**/*.kubernetes.test.ts"],
    setupFiles: [new URL("tools/replay.ts", import.meta.url).pathname],
    restoreMocks: true,
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
