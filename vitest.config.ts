import { defineConfig } from "vitest/config";

const conditions = ["@headgate/source"];

/** Each project is one kind of evidence; `npm test` runs them all. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    restoreMocks: true,
    // Vitest leaves a core for itself, which on a machine of two makes one worker; most of our tests wait for something.
    maxWorkers: 2,
    // They need a real control plane: `npm run test:kubernetes`.
    exclude: ["**/*.kubernetes.test.ts"],
    setupFiles: [new URL("tools/replay.ts", import.meta.url).pathname],
    testTimeout: 90_000,
    hookTimeout: 90_000,
    projects: [
      {
        extends: true,
        test: { name: "packages", include: ["{packages/*,sdk/node}/test/**/*.test.ts"], exclude: ["**/golden/**"] },
      },
      {
        extends: true,
        test: { name: "golden", include: ["packages/*/test/**/golden/**/*.test.ts", "test/**/golden/**/*.test.ts"] },
      },
      { extends: true, test: { name: "conformance", include: ["test/conformance/**/*.test.ts"] } },
      { extends: true, test: { name: "fault", include: ["test/fault/**/*.test.ts"] } },
      { extends: true, test: { name: "e2e", include: ["test/e2e/**/*.test.ts"] } },
      { extends: true, test: { name: "docs", include: ["test/docs/**/*.test.ts"], exclude: ["**/golden/**"] } },
      { extends: true, test: { name: "chart", include: ["test/chart/**/*.test.ts"] } },
      { extends: true, test: { name: "canary", include: ["test/canary/**/*.test.ts"] } },
    ],
  },
});
