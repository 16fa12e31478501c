import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { accessFromKubeconfig, accessInCluster, connect } from "../src/index.ts";
import { answer, scriptedServer } from "./scripted-server.ts";
import { virtualClock } from "./virtual-clock.ts";

function folder(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), "headgate-access-"));
  onTestFinished(() => {
    rmSync(path, { recursive: true });
  });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

function kubeconfig(user: object, cluster: object = { server: "https://api.example:6443" }): string {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "main",
    contexts: [
      { name: "main", context: { cluster: "c", user: "u", namespace: "shop" } },
      { name: "broken", context: { cluster: "nowhere", user: "u" } },
    ],
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user }],
  };
  return join(folder({ config: JSON.stringify(config) }), "config");
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

test("a kubeconfig gives server, authorities, client certificate, namespace and token", async () => {
  const path = kubeconfig(
    { token: "secret", "client-certificate-data": base64("CERT"), "client-key-data": base64("KEY") },
    {
      server: "https://api.example:6443/base",
      "certificate-authority-data": base64("CA"),
      "tls-server-name": "kubernetes",
    },
  );
  const access = await accessFromKubeconfig({ path });
  expect(access).toMatchObject({
    server: "https://api.example:6443/base",
    ca: "CA",
    cert: "CERT",
    key: "KEY",
    serverName: "kubernetes",
    namespace: "shop",
  });
  await expect(access.headers?.()).resolves.toEqual({ Authorization: "Bearer secret" });
});

test("user name and password become basic authentication", async () => {
  const access = await accessFromKubeconfig({ path: kubeconfig({ username: "ann", password: "pass" }) });
  await expect(access.headers?.()).resolves.toEqual({ Authorization: `Basic ${base64("ann:pass")}` });
});

test("an exec plugin is asked for the token, and again when it has expired", async () => {
  const plugin = folder({
    "plugin.mjs": `
      import { appendFileSync, readFileSync } from "node:fs";
      const count = new URL("count", import.meta.url);
      appendFileSync(count, "x");
      const token = process.env.PREFIX + readFileSync(count, "utf8").length;
      console.log(JSON.stringify({
        apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential",
        status: { token, expirationTimestamp: "2000-01-01T00:00:00Z" },
      }));`,
  });
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: process.execPath,
    args: [join(plugin, "plugin.mjs")],
    env: [{ name: "PREFIX", value: "token-" }],
    interactiveMode: "Never",
  };
  const { time, clock } = virtualClock();
  const access = await accessFromKubeconfig({ path: kubeconfig({ exec }), clock });
  const first = await access.headers?.();
  await expect(access.headers?.()).resolves.toEqual(first);
  await time.advance(5_000);
  expect(first).toEqual({ Authorization: "Bearer token-2" });
  await expect(access.headers?.()).resolves.toEqual({ Authorization: "Bearer token-3" });
});

test("an exec plugin that fails is an UNAUTHORIZED failure", async () => {
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: process.execPath,
    args: ["-e", "process.exit(3)"],
  };
  await expect(accessFromKubeconfig({ path: kubeconfig({ exec }) })).rejects.toMatchObject({ code: "UNAUTHORIZED" });
});

test("a kubeconfig that can't be used is INVALID and says why", async () => {
  const missing = accessFromKubeconfig({ path: join(folder({}), "none") });
  await expect(missing).rejects.toMatchObject({ code: "INVALID" });
  await expect(missing).rejects.toThrow("none");
  await expect(accessFromKubeconfig({ path: kubeconfig({}), context: "typo" })).rejects.toThrow('"typo"');
  await expect(accessFromKubeconfig({ path: kubeconfig({}), context: "broken" })).rejects.toMatchObject({
    code: "INVALID",
  });
  const garbled = join(folder({ config: "][" }), "config");
  await expect(accessFromKubeconfig({ path: garbled })).rejects.toMatchObject({ code: "INVALID" });
});

test("a proxy in front of the cluster is refused rather than ignored", async () => {
  const path = kubeconfig({}, { server: "https://api.example", "proxy-url": "http://proxy.example:3128" });
  await expect(accessFromKubeconfig({ path })).rejects.toMatchObject({ code: "UNSUPPORTED" });
});

test("in a pod the service account is used, and its token is read again after a minute", async () => {
  const root = folder({ "ca.crt": "CA", namespace: "headgate\n", token: "one\n" });
  const { time, clock } = virtualClock();
  const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
  const access = accessInCluster({ root, env, clock });
  expect(access).toMatchObject({ server: "https://[fd00::1]:443", ca: "CA", namespace: "headgate" });
  await expect(access.headers?.()).resolves.toEqual({ Authorization: "Bearer one" });
  writeFileSync(join(root, "token"), "two\n");
  await expect(access.headers?.()).resolves.toEqual({ Authorization: "Bearer one" });
  await time.advance(60_000);
  await expect(access.headers?.()).resolves.toEqual({ Authorization: "Bearer two" });
});

test("outside of a pod there is no service account to use", () => {
  expect(() => accessInCluster({ env: {} })).toThrow(expect.objectContaining({ code: "INVALID" }) as Error);
  const env = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" };
  expect(() => accessInCluster({ root: folder({}), env })).toThrow(
    expect.objectContaining({ code: "INVALID" }) as Error,
  );
});

test("the credentials of a kubeconfig reach the server", async () => {
  const { url, received } = await scriptedServer((_, response) => {
    answer(response, 200, { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } });
  });
  const client = connect(await accessFromKubeconfig({ path: kubeconfig({ token: "secret" }, { server: url }) }));
  await client.get({ apiVersion: "v1", kind: "Pod", namespace: "shop", name: "a" });
  await client.close();
  expect(received[0]?.headers.authorization).toBe("Bearer secret");
});

test("without any kubeconfig it says so, instead of trying some default address", async () => {
  vi.stubEnv("HOME", folder({}));
  vi.stubEnv("KUBECONFIG", undefined);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  await expect(accessFromKubeconfig()).rejects.toMatchObject({
    code: "INVALID",
    detail: "there is no kubeconfig: none was named, KUBECONFIG is not set, and there is no ~/.kube/config",
  });
});
