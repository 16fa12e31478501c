import { describe, expect, test } from "vitest";

import { parseListenAddress } from "@headgate/operator";

describe("a bind address", () => {
  test.each([
    [":8080", { port: 8080 }],
    ["127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
    ["[::1]:8081", { host: "::1", port: 8081 }],
    ["0", undefined],
  ])("%s is read as controller-runtime reads it", (text, address) => {
    expect(parseListenAddress("--metrics-bind-address", text)).toEqual(address);
  });

  test.each(["8080", ":65536", "::1:80", "", ":", "http://x:80"])("%j is refused with flag and value", (text) => {
    expect(() => parseListenAddress("--metrics-bind-address", text)).toThrow(
      `--metrics-bind-address: ${JSON.stringify(text)} is not an address`,
    );
  });
});
