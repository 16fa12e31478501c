import { X509Certificate } from "node:crypto";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@headgate/kube";
import { startApiServer } from "@headgate/local";
import { expect, onTestFinished, test } from "vitest";

import { certificateFrom, keptCertificate } from "../../src/view-api/certificate.ts";
import { isUsable, selfSigned } from "../../src/view-api/self-signed.ts";

const names = ["views.example.com", "localhost", "127.0.0.1", "::1", "2001:db8::7:0:1"];
const now = Date.parse("2026-01-31T12:00:00Z");
const day = 86_400_000;

test("a certificate of our own is one for its names and for servers, and is no authority", async () => {
  const { cert, key } = await selfSigned(names, now);
  const read = new X509Certificate(cert);
  expect(read.verify(read.publicKey)).toBe(true);
  expect([read.ca, read.subject, read.keyUsage]).toEqual([false, "CN=headgate views", ["1.3.6.1.5.5.7.3.1"]]);
  expect(names.map((name) => read.checkHost(name) ?? read.checkIP(name))).toEqual([
    "views.example.com",
    "localhost",
    "127.0.0.1",
    "::1",
    "2001:db8::7:0:1",
  ]);
  expect(read.checkHost("other.example.com")).toBeUndefined();
  expect([read.validFromDate.toISOString(), read.validToDate.toISOString()]).toEqual([
    "2026-01-30T12:00:00.000Z",
    "2036-01-29T12:00:00.000Z",
  ]);
  expect(key).toContain("PRIVATE KEY");
});

test("it is used while its names, its key and its time are right", async () => {
  const made = await selfSigned(names, now);
  expect(isUsable(made, names, now)).toBe(true);
  expect(isUsable(made, [...names, "another.example.com"], now)).toBe(false);
  expect(isUsable(made, names, now + 3_600 * day)).toBe(true);
  expect(isUsable(made, names, now + 3_630 * day)).toBe(false);
  expect(isUsable({ ...made, key: (await selfSigned(names, now)).key }, names, now)).toBe(false);
  expect(isUsable({ cert: "", key: "" }, names, now)).toBe(false);
});

function serialOf(file: string): string {
  return spawnSync("openssl", ["x509", "-in", file, "-noout", "-serial"], { encoding: "utf8" }).stdout;
}

test.skipIf(spawnSync("openssl", ["version"]).status !== 0)("openssl reads it too (needs openssl)", async () => {
  const folder = await mkdtemp(join(tmpdir(), "headgate-certificate-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "tls.crt");
  for (let round = 0; round < 20; round += 1) {
    await writeFile(file, (await selfSigned(names, Date.now())).cert);
    const { stdout, stderr } = spawnSync("openssl", ["verify", "-CAfile", file, file], { encoding: "utf8" });
    expect(serialOf(file)).not.toContain("-");
    expect([stdout.trim(), stderr]).toEqual([`${file}: OK`, ""]);
  }
});

test("a Secret keeps it from one process to the next, until it can't be used", async () => {
  const server = await startApiServer();
  const client = connect({ server: server.url });
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  const place = { client, namespace: "default", name: "views", manager: "test" };
  const first = await keptCertificate({ ...place, names, now });
  expect(await keptCertificate({ ...place, names, now: now + 30 * day })).toEqual(first);
  const moved = await keptCertificate({ ...place, names: ["moved.example.com"], now });
  expect(moved.cert).not.toBe(first.cert);
  const ref = { apiVersion: "v1", kind: "Secret", namespace: "default", name: "views" };
  await client.patch(ref, { data: { "tls.crt": "bm9uZQ==" } }, { type: "merge" });
  expect(isUsable(await keptCertificate({ ...place, names, now }), names, now)).toBe(true);
});

test("files are taken as they are, with an authority of their own or by themselves", async () => {
  const folder = await mkdtemp(join(tmpdir(), "headgate-certificate-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await expect(certificateFrom(folder)).rejects.toThrow("tls.crt");
  await writeFile(join(folder, "tls.crt"), "cert");
  await writeFile(join(folder, "tls.key"), "key");
  expect(await certificateFrom(folder)).toEqual({ cert: "cert", key: "key", ca: "cert" });
  await writeFile(join(folder, "ca.crt"), "ca");
  expect(await certificateFrom(folder)).toEqual({ cert: "cert", key: "key", ca: "ca" });
});
