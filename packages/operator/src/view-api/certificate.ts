import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { KubeObject } from "@headgate/api";
import { OpError } from "@headgate/api";
import type { Client } from "@headgate/kube";

import { isUsable, selfSigned } from "./self-signed.ts";
import type { Certificate } from "./self-signed.ts";

export interface Place {
  readonly namespace: string;
  readonly name: string;
}

export interface Keeping extends Place {
  readonly client: Client;
  /** What it has to be good for. */
  readonly names: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly manager: string;
}

/** A certificate from the files of a Secret of type kubernetes.io/tls. Throws what reading them throws. */
export async function certificateFrom(folder: string): Promise<Certificate> {
  const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8");
  const [cert, key] = await Promise.all([read("tls.crt"), read("tls.key")]);
  // Without a chain of its own it is trusted by itself.
  const ca = await read("ca.crt").catch(() => cert);
  return { cert, key, ca: ca.trim() === "" ? cert : ca };
}

/** The certificate that a Secret holds; one that is made and put there when it holds none that can be used. Throws OpError. */
export async function keptCertificate({ client, names, now, manager, ...place }: Keeping): Promise<Certificate> {
  const secret = { apiVersion: "v1", kind: "Secret", ...place };
  const kept = certificateIn(await client.get(secret).catch(unlessMissing));
  if (kept !== undefined && isUsable(kept, names, now)) return kept;
  const made = await selfSigned(names, now);
  const encoded = (text: string): string => Buffer.from(text).toString("base64");
  const data = { "tls.crt": encoded(made.cert), "tls.key": encoded(made.key) };
  await client.apply({ apiVersion: "v1", kind: "Secret", metadata: place, data }, { manager, force: true });
  return made;
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof OpError) || error.code !== "NOT_FOUND") throw error;
  return undefined;
}

function certificateIn(secret: KubeObject | undefined): Certificate | undefined {
  const { "tls.crt": cert, "tls.key": key } = (secret?.["data"] ?? {}) as Readonly<Record<string, string>>;
  if (cert === undefined || key === undefined) return undefined;
  const decoded = (text: string): string => Buffer.from(text, "base64").toString("utf8");
  return { cert: decoded(cert), key: decoded(key), ca: decoded(cert) };
}
