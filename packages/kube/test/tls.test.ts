import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { connect } from "../src/index.ts";

const pod = { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "cart" };
const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

/** What a TLS socket knows of the other side. */
interface Peer {
  getPeerCertificate(): { readonly subject: { readonly CN: string } };
}

/** A self-signed certificate, which is its own authority. */
function certificate(folder: string, name: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  execFileSync("openssl", ["req", "-x509", ...kind, "-keyout", key, "-out", cert, ...subject], { stdio: "ignore" });
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}

/** A server that wants a client certificate and answers with the name in it. */
async function tlsServer(): Promise<{
  url: string;
  ca: string;
  client: { cert: string; key: string };
  stranger: { cert: string; key: string };
}> {
  const folder = mkdtempSync(join(tmpdir(), "headgate-tls-"));
  const [own, client, stranger] = ["kubernetes", "ann", "bob"].map((name) => certificate(folder, name));
  rmSync(folder, { recursive: true });
  if (own === undefined || client === undefined || stranger === undefined) throw new Error("no certificates");
  const server = createServer(
    { ...own, ca: client.cert, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      const name = (request.socket as unknown as Peer).getPeerCertificate().subject.CN;
      response.end(JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name } }));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, ca: own.cert, client, stranger };
}

describe.skipIf(!hasOpenssl)("over TLS (needs openssl on the PATH)", () => {
  test("server and client prove who they are", async () => {
    const { url, ca, client } = await tlsServer();
    const right = connect({ server: url, ca, serverName: "kubernetes", ...client });
    expect((await right.get(pod)).metadata.name).toBe("ann");
    await right.close();
  });

  test("a server of another name or authority is UNREACHABLE, unless nobody wants to know", async () => {
    const { url, ca, client } = await tlsServer();
    for (const access of [{ ca }, { ca, serverName: "elsewhere" }, { serverName: "kubernetes" }]) {
      const wrong = connect({ server: url, ...client, ...access });
      await expect(wrong.get(pod)).rejects.toMatchObject({ name: "OpError", code: "UNREACHABLE" });
      await wrong.close();
    }
    const careless = connect({ server: url, ...client, insecureSkipTlsVerify: true });
    expect((await careless.get(pod)).metadata.name).toBe("ann");
    await careless.close();
  });

  test("a client certificate that the server doesn't know is a failure, not a bug", async () => {
    const { url, ca, stranger } = await tlsServer();
    const wrong = connect({ server: url, ca, serverName: "kubernetes", ...stranger });
    await expect(wrong.get(pod)).rejects.toMatchObject({ name: "OpError" });
    await wrong.close();
  });
});
