import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import { isIP } from "node:net";

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** What a client has to trust. */
  readonly ca: string;
}

const day = 86_400_000;
const lifeDays = 3650;
/** It is made anew so long before it ends. */
const spareDays = 30;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A new key, and a server's certificate for these names and addresses that is its own authority, good for ten years. */
export async function selfSigned(names: readonly string[], now: number): Promise<Certificate> {
  // Loaded when it is needed: most operators are given a certificate, or keep the one that they made.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(16).toString("hex"),
    name: "CN=headgate views",
    // Clocks differ.
    notBefore: new Date(now - day),
    notAfter: new Date(now + lifeDays * day),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value })),
      ),
    ],
  });
  const cert = `${made.toString("pem")}\n`;
  const key = createPrivateKey({
    key: Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)),
    format: "der",
    type: "pkcs8",
  });
  return { cert, key: key.export({ type: "pkcs8", format: "pem" }).toString(), ca: cert };
}

/** Whether a certificate can be used for these names for a while longer. */
export function isUsable(
  { cert, key }: Pick<Certificate, "cert" | "key">,
  names: readonly string[],
  now: number,
): boolean {
  try {
    const read = new X509Certificate(cert);
    const isNamed = (name: string): boolean =>
      (isIP(name) === 0 ? read.checkHost(name) : read.checkIP(name)) !== undefined;
    const isOurs = read.checkPrivateKey(createPrivateKey(key));
    return isOurs && names.every(isNamed) && read.validToDate.getTime() > now + spareDays * day;
  } catch {
    return false;
  }
}
