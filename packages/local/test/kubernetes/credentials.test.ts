import { createPublicKey, createSign, createVerify } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { kubeconfigOf, makeCredentials } from "../../src/kubernetes/credentials.ts";

async function made(): Promise<{ folder: string; secrets: Awaited<ReturnType<typeof makeCredentials>> }> {
  const parent = await mkdtemp(join(tmpdir(), "headgate-credentials-"));
  onTestFinished(() => rm(parent, { recursive: true }));
  const folder = join(parent, "secrets");
  return { folder, secrets: await makeCredentials(folder) };
}

test("nobody else reads the secrets, and no two clusters share one", async () => {
  const [{ folder, secrets }, { secrets: others }] = [await made(), await made()];
  const modes = [folder, ...(await readdir(folder)).map((name) => join(folder, name))].map(
    async (path) => (await stat(path)).mode & 0o077,
  );
  expect(new Set(await Promise.all(modes))).toEqual(new Set([0]));
  const tokens = [...Object.values(secrets.tokens), ...Object.values(others.tokens)];
  expect(new Set(tokens).size).toBe(tokens.length);
  for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{48}$/);
});

test("the token file has a line for each identity: token, user, uid, groups", async () => {
  const { secrets } = await made();
  const lines = (await readFile(secrets.tokenFile, "utf8")).trimEnd().split("\n");
  expect(lines).toHaveLength(Object.keys(secrets.tokens).length);
  expect(lines).toContain(`${secrets.tokens.admin},admin,admin,"system:masters"`);
});

test("what the private key of service accounts signs, the public one proves", async () => {
  const { secrets } = await made();
  const [key, publicKey] = await Promise.all(
    [secrets.serviceAccountKey, secrets.serviceAccountPublicKey].map((path) => readFile(path, "utf8")),
  );
  const signature = createSign("sha256")
    .update("token")
    .sign(key ?? "");
  expect(
    createVerify("sha256")
      .update("token")
      .verify(createPublicKey(publicKey ?? ""), signature),
  ).toBe(true);
});

test("a kubeconfig says where, whom to trust and who one is, and another name of the server only when there is one", () => {
  const access = { server: "https://127.0.0.1:6443", ca: "-----PEM-----\n", token: "secret" };
  const config = parse(kubeconfigOf("here", access)) as {
    readonly clusters: readonly [{ readonly cluster: Readonly<Record<string, string>> }];
  };
  expect(config).toMatchObject({
    kind: "Config",
    "current-context": "here",
    contexts: [{ name: "here", context: { cluster: "here", user: "here", namespace: "default" } }],
    users: [{ name: "here", user: { token: "secret" } }],
  });
  const [{ cluster }] = config.clusters;
  expect(cluster).toEqual({
    server: access.server,
    "certificate-authority-data": Buffer.from(access.ca).toString("base64"),
  });
  expect(kubeconfigOf("here", { ...access, serverName: "kubernetes" })).toContain('"tls-server-name": "kubernetes"');
});
