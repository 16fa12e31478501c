import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { containerLog } from "../../src/runner/container-log.ts";

test("whoever follows gets the last words, also when the process is known to have ended before they are read", async () => {
  const log = containerLog(() => 0);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  log.capture(stdout);
  log.capture(stderr);
  const seen: (string | undefined)[] = [];
  const ended = new Promise<void>((resolve) => {
    log.follow((line) => {
      seen.push(line?.text);
      if (line === undefined) resolve();
    });
  });
  stdout.write("hello\n");
  log.end();
  stderr.end();
  stdout.end("bye\nunfinished");
  await ended;
  expect(seen).toEqual(["hello", "bye", "unfinished", undefined]);
});
