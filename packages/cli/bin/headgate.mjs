#!/usr/bin/env -S node --conditions=@headgate/source
// Plain JavaScript, so that an old Node gets a sentence instead of a syntax error.
const [major] = process.versions.node.split(".").map(Number);
if (major < 24) {
  console.error(
    `headgate needs Node 24 or newer and found ${process.versions.node}. In a clone, run "npm ci" once and then "npx headgate ...": that uses the Node that the project pins.`,
  );
  process.exit(1);
}
await import("../src/main.ts");
