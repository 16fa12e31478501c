import type { Access } from "@headgate/kube";

/** The cluster that the suites share, as its starter describes it to them. */
export interface SharedCluster {
  readonly server: string;
  /** PEM text. */
  readonly ca: string;
  /** Of an administrator. */
  readonly token: string;
  /** The path of a file. */
  readonly kubeconfig: string;
  /** Where the Gateway `default/envoy-router` answers: `http://` with address and port. */
  readonly gateway: string;
}

/** The environment variable in which {@link SharedCluster} is passed on, as JSON. */
export const clusterVariable = "HEADGATE_SHARED_CLUSTER";

/** The cluster that this run of the suites has. Throws outside of `npm run test:kubernetes`. */
export function sharedCluster(): SharedCluster {
  const text = process.env[clusterVariable];
  if (text === undefined) throw new Error("this suite needs a real control plane: npm run test:kubernetes");
  return JSON.parse(text) as SharedCluster;
}

/** As an administrator. */
export function adminAccess(cluster: Pick<SharedCluster, "server" | "ca" | "token"> = sharedCluster()): Access {
  const { server, ca, token } = cluster;
  return { server, ca, headers: () => Promise.resolve({ authorization: `Bearer ${token}` }) };
}
