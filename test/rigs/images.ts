import type { ImageRules } from "@headgate/local";

/** What the suites' images are on both rigs; any other runs the sample app. */
export const images: ImageRules = {
  /** The pod's first argument is a Node program. */
  "test/script": { command: [process.execPath, "-e"] },
  "test/missing:*": { pullError: "manifest unknown" },
};
