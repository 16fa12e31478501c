import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { makeAuthority } from "../../src/kubernetes/certificates.ts";
import { makeIdentities } from "../../src/kubernetes/identities.ts";
import { guardedServer, type ServerTls } from "../../src/tls/guarded-server.ts";

const openssl = spawnSync("openssl", ["version"]).status === 0;

async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "identities-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

async function serve(tls: ServerTls): Promise<number> {
  const server = guardedServer(tls, (_request, response) => response.end("served"));
  server.listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function ask(port: number, options: https.RequestOptions): Promise<string> {
  const request = https.get({ host: "127.0.0.1", port, agent: false, ...options });
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  return `${String(answer.statusCode)} ${await text(answer)}`;
}

// Where there is no openssl to make certificates, this is skipped.
describe.skipIf(!openssl)("what joins a control plane", () => {
  test("serves the one client that it is there for", async () => {
    const folder = await ownFolder();
    const authority = await makeAuthority(folder, "authority");
    const serving = await authority.issue("server", { commonName: "server", names: ["IP:127.0.0.1"] });
    const port = await serve({ ...serving, clients: { ca: authority.cert, commonName: "friend" } });
    const client = async (commonName: string): Promise<https.RequestOptions> => {
      const { cert, key } = await authority.issue(commonName, { commonName });
      return { ca: authority.cert, cert, key };
    };
    expect(await ask(port, await client("friend"))).toBe("200 served");
    expect(await ask(port, await client("stranger"))).toMatch(/^403 /);
  });

  test("is a node by the certificate that it shows", async () => {
    const identities = await makeIdentities(await ownFolder());
    const { access } = await identities.node("one", "127.0.0.1");
    const { subject } = new X509Certificate(access.cert ?? "");
    expect(subject.split("\n").toSorted()).toEqual(["CN=system:node:one", "O=system:nodes"]);
  });

  test("takes no connection without a certificate, or with one of another authority", async () => {
    const identities = await makeIdentities(await ownFolder());
    const { serving, caBundle } = await identities.extension({ namespace: "kube-system", name: "metrics" });
    const port = await serve(serving);
    const servername = "metrics.kube-system.svc";
    const { access } = await identities.node("one", "127.0.0.1");
    await expect(ask(port, { ca: caBundle, servername })).rejects.toThrow();
    await expect(ask(port, { ca: caBundle, servername, ...access })).rejects.toThrow();
  });
});
