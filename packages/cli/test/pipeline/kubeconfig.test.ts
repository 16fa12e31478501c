import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@headgate/kube";
import { startApiServer } from "@headgate/local";
import { expect, onTestFinished, test } from "vitest";
import { parse, stringify } from "yaml";

import { viewsKubeconfig } from "../../src/commands/pipeline/kubeconfig.ts";
import type { KubeconfigOptions } from "../../src/commands/pipeline/kubeconfig.ts";

interface Stage {
  readonly folder: string;
  /** Of a user like that. */
  readonly options: (user: object) => Promise<KubeconfigOptions>;
}

const published = { server: "https://views.headgate.svc", "ca.crt": "the authority" };

/** A cluster in which an operator has said where its views are, or, without data, has not yet. */
async function stage(data: object | undefined): Promise<Stage> {
  const server = await startApiServer();
  const client = connect({ server: server.url });
  const folder = await mkdtemp(join(tmpdir(), "headgate-kubeconfig-"));
  onTestFinished(async () => {
    await client.close();
    await server.close();
    await rm(folder, { recursive: true });
  });
  const metadata = { namespace: "default", name: "headgate-views" };
  if (data !== undefined) await client.create({ apiVersion: "v1", kind: "ConfigMap", metadata, data });
  await client.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace: "default", name: "viewer" } });
  return {
    folder,
    options: async (user) => {
      const kubeconfig = join(folder, "config");
      const config = parse(server.kubeconfig()) as { users: { user: object }[] };
      for (const one of config.users) one.user = user;
      await writeFile(kubeconfig, stringify(config));
      return { kubeconfig, namespace: "default", name: "headgate-views", duration: "3600" };
    },
  };
}

const made = (text: string): unknown => parse(text);

test("one's own token or exec plugin goes into it, with where the views are and whom to trust", async () => {
  const { options } = await stage(published);
  const credential = { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: { token: "a" } };
  const { apiVersion } = credential;
  const exec = { apiVersion, command: "echo", args: [JSON.stringify(credential)], interactiveMode: "Never" };
  const cluster = {
    server: published.server,
    "certificate-authority-data": Buffer.from("the authority").toString("base64"),
  };
  for (const user of [{ token: "mine" }, { exec }]) {
    const { out, code } = await viewsKubeconfig(await options(user));
    expect(code).toBe(0);
    expect(made(out)).toMatchObject({ users: [{ user }], clusters: [{ cluster }] });
  }
});

test("a service account's token goes into a file that nobody else reads", async () => {
  const { options, folder } = await stage(published);
  const output = join(folder, "views");
  await writeFile(output, "old", { mode: 0o644 });
  const { out, err } = await viewsKubeconfig({ ...(await options({})), serviceAccount: "default/viewer", output });
  expect([out, err.join()]).toEqual(["", expect.stringContaining("api-resources")]);
  expect((await stat(output)).mode & 0o777).toBe(0o600);
  const text = await readFile(output, "utf8");
  expect(made(text)).toMatchObject({ users: [{ user: { token: expect.stringMatching(/^ey/) as string } }] });
  expect(err.join()).not.toContain("ey");
});

test("under another URL the certificate is still expected to have the name that was said", async () => {
  const { options } = await stage(published);
  const { out } = await viewsKubeconfig({ ...(await options({ token: "mine" })), server: "https://127.0.0.1:8443" });
  expect(made(out)).toMatchObject({
    clusters: [{ cluster: { server: "https://127.0.0.1:8443", "tls-server-name": "views.headgate.svc" } }],
  });
});

test.each([
  { when: "no operator serves views", data: undefined, says: /no ConfigMap default\/headgate-views/ },
  { when: "no operator leads yet", data: {}, says: /does not say yet where views are/ },
  { when: "the user has no token", user: {}, says: /neither a token nor an exec plugin/ },
  { when: "the account is not there", more: { serviceAccount: "default/nobody" }, says: /"nobody" not found/ },
  { when: "the account has no namespace", more: { serviceAccount: "viewer" }, says: /must be NAMESPACE\/NAME/ },
  { when: "the URL is none", more: { server: "http://a" }, says: /--server: "http:\/\/a"/ },
  { when: "the time is too short", more: { duration: "5" }, says: /--duration is "5"/ },
  { when: "the file can't be written", more: { output: "/nowhere/views" }, says: /--output: / },
])("says so when $when", async (one) => {
  const { options } = await stage("data" in one ? one.data : published);
  const asked = { ...(await options(one.user ?? { token: "a" })), ...one.more };
  await expect(viewsKubeconfig(asked)).rejects.toThrow(one.says);
});
