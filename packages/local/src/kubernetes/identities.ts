/** Who is who in a control plane's TLS: its authorities, and the flags by which the API server knows them. */
import { mkdir } from "node:fs/promises";
import type { ClusterAccess } from "../client/api.ts";
import type { ServerTls } from "../tls/guarded-server.ts";
import { makeAuthority } from "./certificates.ts";

/** A kubelet's part: what it shows to the API server, and what it serves logs with. */
export interface NodeIdentity {
  readonly access: Pick<ClusterAccess, "cert" | "key">;
  readonly serving: ServerTls;
}

/** The part of a server behind an APIService. */
export interface ExtensionIdentity {
  readonly serving: ServerTls;
  /** For the APIService, which verifies the server by it; PEM text. */
  readonly caBundle: string;
}

export interface Identities {
  readonly apiServerFlags: readonly string[];
  /** Of the user `system:node:<name>`, in the group `system:nodes`. */
  node(name: string, address: string): Promise<NodeIdentity>;
  extension(service: { readonly namespace: string; readonly name: string }): Promise<ExtensionIdentity>;
}

/** The API server's own name when it connects to a node, and to an extension. */
const kubeletClient = "kube-apiserver-kubelet-client";
const frontProxyClient = "front-proxy-client";

/**
 * Makes two authorities in a folder that only this user reads. The second one signs nothing but the API server's certificate for
 * extensions: whoever has that one may say in a header which user asks.
 */
export async function makeIdentities(folder: string): Promise<Identities> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const [cluster, frontProxy] = await Promise.all([
    makeAuthority(folder, "cluster-ca"),
    makeAuthority(folder, "front-proxy-ca"),
  ]);
  const [toNodes, toExtensions] = await Promise.all([
    cluster.issue(kubeletClient, { commonName: kubeletClient }),
    frontProxy.issue(frontProxyClient, { commonName: frontProxyClient }),
  ]);
  return {
    apiServerFlags: [
      `--client-ca-file=${cluster.certFile}`,
      `--kubelet-certificate-authority=${cluster.certFile}`,
      `--kubelet-client-certificate=${toNodes.certFile}`,
      `--kubelet-client-key=${toNodes.keyFile}`,
      // A host name need not resolve here.
      "--kubelet-preferred-address-types=InternalIP",
      `--requestheader-client-ca-file=${frontProxy.certFile}`,
      `--requestheader-allowed-names=${frontProxyClient}`,
      "--requestheader-username-headers=X-Remote-User",
      "--requestheader-group-headers=X-Remote-Group",
      "--requestheader-extra-headers-prefix=X-Remote-Extra-",
      `--proxy-client-cert-file=${toExtensions.certFile}`,
      `--proxy-client-key-file=${toExtensions.keyFile}`,
    ],
    async node(name, address) {
      const user = { commonName: `system:node:${name}`, organization: "system:nodes" };
      const [{ cert, key }, server] = await Promise.all([
        cluster.issue(`node-${name}`, user),
        cluster.issue(`node-${name}-serving`, { ...user, names: [`IP:${address}`] }),
      ]);
      const clients = { ca: cluster.cert, commonName: kubeletClient };
      return { access: { cert, key }, serving: { cert: server.cert, key: server.key, clients } };
    },
    async extension({ namespace, name }) {
      const host = `${name}.${namespace}.svc`;
      const { cert, key } = await cluster.issue(`extension-${host}`, { commonName: host, names: [`DNS:${host}`] });
      const clients = { ca: frontProxy.cert, commonName: frontProxyClient };
      return { serving: { cert, key, clients }, caBundle: cluster.cert };
    },
  };
}
