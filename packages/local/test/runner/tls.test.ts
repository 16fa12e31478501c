import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { resources } from "../../src/client/resource.ts";
import { startRunner } from "../../src/index.ts";
import { isReady, scriptImages, scriptPod, startRig } from "./rig.ts";

function socketOf(request: http.IncomingMessage): TLSSocket {
  if (!(request.socket instanceof TLSSocket)) throw new Error("not over TLS");
  return request.socket;
}

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

/** A certificate for 127.0.0.1 that is its own authority. */
async function certificate(): Promise<{ cert: string; key: string }> {
  const folder = await mkdtemp(join(tmpdir(), "tls-"));
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const words =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=runner -addext subjectAltName=IP:127.0.0.1";
  const made = spawnSync("openssl", [...words.split(" "), "-keyout", keyFile, "-out", certFile]);
  expect(made.status, made.stderr.toString()).toBe(0);
  const pair = { cert: await readFile(certFile, "utf8"), key: await readFile(keyFile, "utf8") };
  await rm(folder, { recursive: true });
  return pair;
}

// Where there is no openssl to make a certificate, this is skipped.
test.skipIf(!hasOpenssl)(
  "the runner joins over TLS with a client certificate, and serves its logs over TLS",
  async () => {
    const rig = await startRig({ runner: false });
    const { cert, key } = await certificate();
    const subjects = new Set<string>();
    const front = https.createServer(
      { cert, key, ca: cert, requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        const { subject } = socketOf(request).getPeerCertificate();
        subjects.add(String(subject.CN));
        const { method, url, headers } = request;
        const inner = http.request(new URL(url ?? "/", rig.cluster.url), { method, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          response.flushHeaders();
          answer.pipe(response);
        });
        inner.on("error", () => response.destroy());
        response.on("close", () => inner.destroy());
        request.pipe(inner);
      },
    );
    front.listen(0, "127.0.0.1");
    await once(front, "listening");
    const { port } = front.address() as AddressInfo;
    const access = { server: `https://127.0.0.1:${port}`, ca: cert, cert, key };
    const runner = await startRunner(access, { nodeName: "far", images: scriptImages, logTls: { cert, key } });
    onTestFinished(async () => {
      await runner.close();
      front.closeAllConnections();
      front.close();
    });
    await rig.create(scriptPod("talker", `console.log("over TLS"); setInterval(()=>{},1e6)`));
    const pod = await rig.untilPod("talker", isReady);
    expect(pod.spec.nodeName).toBe("far");
    expect([...subjects]).toEqual(["runner"]);
    const node = await rig.api.get(resources.nodes, { name: "far" });
    const logPort = node.status?.daemonEndpoints?.kubeletEndpoint?.Port;
    const path = `https://127.0.0.1:${String(logPort)}/containerLogs/default/talker/main?follow=true&limitBytes=9`;
    const [answer] = (await once(https.get(path, { ca: cert }), "response")) as [http.IncomingMessage];
    expect(await text(answer)).toBe("over TLS\n");
  },
);
