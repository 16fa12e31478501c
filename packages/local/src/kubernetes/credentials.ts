import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Who may speak to the API server with a token that was made at its start. */
const users = {
  admin: { user: "admin", groups: ["system:masters"] },
  controllerManager: { user: "system:kube-controller-manager", groups: [] },
  scheduler: { user: "system:kube-scheduler", groups: [] },
} as const;

export type Identity = keyof typeof users;

/** Secrets of one control plane, and the files that its programs read them from. */
export interface Credentials {
  readonly tokens: Readonly<Record<Identity, string>>;
  readonly tokenFile: string;
  /** Signs and checks the tokens of service accounts. */
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
}

/** Makes new secrets in a folder that only this user reads. */
export async function makeCredentials(folder: string): Promise<Credentials> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const secret = (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    return writeFile(path, text, { mode: 0o600 }).then(() => path);
  };
  const tokens = Object.fromEntries(Object.keys(users).map((name) => [name, randomBytes(24).toString("hex")]));
  const lines = Object.entries(users).map(([name, { user, groups }]) =>
    [tokens[name], user, user, `"${groups.join(",")}"`].join(","),
  );
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  return {
    tokens: tokens as Record<Identity, string>,
    tokenFile: await secret("tokens.csv", `${lines.join("\n")}\n`),
    serviceAccountKey: await secret("service-account.key", privateKey),
    serviceAccountPublicKey: await secret("service-account.pub", publicKey),
  };
}

/** What a kubeconfig says. */
export interface KubeconfigAccess {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
  /** The name that the server's certificate has, where it is not the host of `server`. */
  readonly serverName?: string;
}

/** A kubeconfig with a token, as YAML text (which JSON is). */
export function kubeconfigOf(name: string, { server, ca, token, serverName }: KubeconfigAccess): string {
  const cluster = {
    server,
    "certificate-authority-data": Buffer.from(ca).toString("base64"),
    ...(serverName !== undefined && { "tls-server-name": serverName }),
  };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: "default" } }],
    "current-context": name,
    users: [{ name, user: { token } }],
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
