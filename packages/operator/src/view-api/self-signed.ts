import { createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto";
import { isIP } from "node:net";

import { bits, explicit, implicit, integer, octets, oid, sequence, set, text, time, truth } from "./der.ts";

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

const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"));

/** A new key, and a server's certificate for these names and addresses that is its own authority, good for ten years. */
export function selfSigned(names: readonly string[], now: number): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const name = sequence(set(sequence(oid("2.5.4.3"), text("headgate views"))));
  const inner = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(randomBytes(16)),
    ecdsaWithSha256,
    name,
    // Clocks differ.
    sequence(time(new Date(now - day)), time(new Date(now + lifeDays * day))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    explicit(3, sequence(...extensions(names))),
  );
  const outer = sequence(inner, ecdsaWithSha256, bits(sign("sha256", inner, privateKey)));
  const lines = outer.toString("base64").match(/.{1,64}/g) ?? [];
  const cert = ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
  return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(), ca: cert };
}

function extensions(names: readonly string[]): readonly Buffer[] {
  const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
    sequence(oid(id), ...(critical ? [truth(true)] : []), octets(value));
  return [
    extension("2.5.29.19", true, sequence()),
    // digitalSignature
    extension("2.5.29.15", true, bits(Buffer.from([0x80]), 7)),
    // serverAuth
    extension("2.5.29.37", false, sequence(oid("1.3.6.1.5.5.7.3.1"))),
    extension("2.5.29.17", false, sequence(...names.map(alternative))),
  ];
}

function alternative(name: string): Buffer {
  const version = isIP(name);
  if (version === 0) return implicit(2, Buffer.from(name, "ascii"));
  return implicit(7, version === 4 ? Buffer.from(name.split(".").map(Number)) : v6Bytes(name));
}

function v6Bytes(address: string): Buffer {
  const { hostname } = new URL(`http://[${address}]/`);
  const [head = "", tail] = hostname.slice(1, -1).split("::");
  const groups = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const [front, back] = [groups(head), groups(tail ?? "")];
  const between = tail === undefined ? [] : Array<string>(8 - front.length - back.length).fill("0");
  return Buffer.from([...front, ...between, ...back].map((group) => group.padStart(4, "0")).join(""), "hex");
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
