import { annotationField, parseRoutedPod } from "@headgate/api";
import type { KubeObject, RoutedPod } from "@headgate/api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

function aPod(annotations: Record<string, string>): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "shop", uid: "u1", annotations },
    spec: {
      containers: [
        { name: "a", ports: [{ containerPort: 9000 }, { name: "http", containerPort: 8000, protocol: "TCP" }] },
        { name: "b", ports: [{ name: "dns", containerPort: 53, protocol: "UDP" }] },
      ],
      initContainers: [
        { name: "sidecar", restartPolicy: "Always", ports: [{ name: "side", containerPort: 15000 }] },
        { name: "once", ports: [{ name: "setup", containerPort: 1 }] },
      ],
    },
  };
}

type Annotated = Pick<RoutedPod, "port" | "path" | "stripPrefix" | "hostname">;

function read(annotations: Record<string, string>): Annotated {
  const parsed = parseRoutedPod(aPod(annotations));
  if (!parsed.ok) throw new Error(parsed.refusals.map(({ message }) => message).join("; "));
  const { port, path, stripPrefix, hostname } = parsed.value;
  return { port, path, stripPrefix, hostname };
}

const plain: Annotated = { port: undefined, path: "/web", stripPrefix: false, hostname: undefined };

describe("what an annotation may say", () => {
  const right: readonly [string, string, Partial<Annotated>][] = [
    ["port", "1", { port: 1 }],
    ["port", "65535", { port: 65535 }],
    ["port", "http", { port: 8000 }],
    ["port", "side", { port: 15000 }],
    ["path", "/", { path: "/" }],
    ["path", "/shop/cart/", { path: "/shop/cart/" }],
    ["path", "/caf%C3%A9/~a!$&'()*+,;=:@", { path: "/caf%C3%A9/~a!$&'()*+,;=:@" }],
    ["path", "/a..b/.c", { path: "/a..b/.c" }],
    ["path", `/${"a".repeat(1023)}`, { path: `/${"a".repeat(1023)}` }],
    ["strip-prefix", "true", { stripPrefix: true }],
    ["strip-prefix", "false", { stripPrefix: false }],
    ["hostname", "shop.example.com", { hostname: "shop.example.com" }],
    ["hostname", "*.example.com", { hostname: "*.example.com" }],
    ["hostname", "localhost", { hostname: "localhost" }],
    ["hostname", "1.2.3", { hostname: "1.2.3" }],
  ];
  test.each(right)("envoy-router/%s: %j", (name, text, expected) => {
    expect(read({ [`envoy-router/${name}`]: text })).toEqual({ ...plain, ...expected });
  });
});

test("a pod without annotations has the original's route", () => {
  expect(read({})).toEqual(plain);
  expect(read({ "prometheus.io/port": "x", "envoy-router.comet.ml/port": "x" })).toEqual(plain);
});

describe("what an annotation may not say gives one refusal that names field and value", () => {
  const wrong: Readonly<Record<string, readonly string[]>> = {
    port: [
      "",
      " ",
      "0",
      "00",
      "080",
      "65536",
      "100000",
      "-1",
      "+80",
      "80.0",
      "8e1",
      "0x50",
      " 80",
      "80 ",
      "80,81",
    ].concat(["８０", "http2", "HTTP", "ht--tp", "-http", "http-", "sixteen-letters-", "dns", "setup", "80/tcp", "\n"]),
    path: ["", " ", "shop", "shop/", "//", "/a//b", "/a//", "/.", "/..", "/./a", "/a/../b", "/a/..", "/a/."]
      .concat(["/a?b=c", "/a#b", "/a b", "/a\tb", "/a\\b", "/%", "/%2", "/%zz", "/a%2Fb", "/a%2fb", "/é", "/a\u0000"])
      .concat(['/"', "/<x>", "/{id}", "/a|b", "/^x", "/[x]", "/*?", `/${"a".repeat(1024)}`, "http://x/", "*", "/a\n"]),
    "strip-prefix": ["", "True", "TRUE", "yes", "1", "0", "on", " true", "true ", "null", "/"],
    hostname: ["", " ", "*", "*.", "*.*.com", "a.*.com", "*a.com", "Shop.com", "-a.com", "a-.com", "a..b", ".a", "a."]
      .concat(["a_b.com", "a.com:80", "http://a.com", "a.com/x", "10.0.0.1", "::1", "[::1]", "é.com", "a b", "a,b"])
      .concat([`${"a".repeat(64)}.com`, `${"a.".repeat(127)}aa`, "a.com\n"]),
  };
  const all = Object.entries(wrong).flatMap(([name, texts]) => texts.map((text) => [name, text] as const));
  test.each(all)("envoy-router/%s: %j", (name, text) => {
    const parsed = parseRoutedPod(aPod({ [`envoy-router/${name}`]: text }));
    if (parsed.ok) throw new Error(`accepted as ${JSON.stringify(parsed.value)}`);
    expect(parsed.refusals).toHaveLength(1);
    const [{ reason, field, message }] = parsed.refusals;
    expect(reason).toBe("InvalidAnnotation");
    expect(field).toBe(annotationField(`envoy-router/${name}`));
    expect(message).toContain(`envoy-router/${name}`);
    expect(message).toContain(JSON.stringify(text).slice(0, 96));
    expect(message.length).toBeLessThan(400);
  });
});

test("every fault is reported at once, unknown annotations with the one that was probably meant", () => {
  const parsed = parseRoutedPod(
    aPod({
      "envoy-router/prot": "80",
      "envoy-router/enabled": "true",
      "envoy-router/something-else-entirely": "1",
      "envoy-router/port": "x y",
      "envoy-router/hostname": "*",
    }),
  );
  expect(parsed.ok ? [] : parsed.refusals.map(({ reason, message }) => `${reason}: ${message}`)).toMatchInlineSnapshot(`
    [
      "InvalidAnnotation: annotation envoy-router/port is "x y"; it must be a port number from 1 to 65535 or the name of a container port",
      "InvalidAnnotation: annotation envoy-router/hostname is "*"; it must be a host name such as shop.example.com, or a wildcard such as *.example.com, without port",
      "UnknownAnnotation: annotation "envoy-router/enabled" (with the value "true") is not known; it is a label, not an annotation",
      "UnknownAnnotation: annotation "envoy-router/prot" (with the value "80") is not known; did you mean envoy-router/port?",
      "UnknownAnnotation: annotation "envoy-router/something-else-entirely" (with the value "1") is not known; known are envoy-router/port, envoy-router/path, envoy-router/strip-prefix, envoy-router/hostname",
    ]
  `);
});

test("any annotations give a route or refusals, never an exception, and accepted values are legal", () => {
  const name = fc.oneof(
    fc.constantFrom("port", "path", "strip-prefix", "hostname").map((end) => `envoy-router/${end}`),
    fc.string({ unit: "binary", maxLength: 20 }).map((end) => `envoy-router/${end}`),
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.webPath(),
    fc.domain(),
    fc.integer().map(String),
    fc.stringMatching(/^[/.%a-zA-Z0-9*]*$/),
  );
  fc.assert(
    fc.property(fc.dictionary(name, text, { maxKeys: 4 }), (annotations) => {
      const parsed = parseRoutedPod(aPod(annotations));
      if (!parsed.ok) return;
      const { port, path } = parsed.value;
      if (port !== undefined) expect(port >= 1 && port <= 65535).toBe(true);
      expect(path).toMatch(/^\/(?!.*\/\/)[^?#\s\\]*$/);
    }),
    { numRuns: 500 },
  );
});
