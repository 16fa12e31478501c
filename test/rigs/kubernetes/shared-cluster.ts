import { accessFromKubeconfig } from "@headgate/kube";
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

/** Bears, on an existing cluster, the name of this run; undefined on a cluster of our own. */
export const runVariable = "HEADGATE_TEST_RUN";
export const runLabel = "headgate.io/test-run";

/** For namespaces and other objects outside of namespaces: on an existing cluster what bears them is removed at the end of the run. */
export function runLabels(env: Readonly<Record<string, string | undefined>> = process.env): Record<string, string> {
  const run = env[runVariable];
  return run === undefined ? {} : { [runLabel]: run };
}

/** Once for all, because credentials of an exec plugin take their time. */
const existing = process.env[runVariable] === undefined ? undefined : await accessFromKubeconfig();

/** Whether it is one that was there before. */
export const isExistingCluster = existing !== undefined;

/** The cluster that this run of the suites has. Throws outside of `npm run test:kubernetes`, and on an existing cluster. */
export function sharedCluster(): SharedCluster {
  if (existing !== undefined) throw new Error("of an existing cluster there is only adminAccess()");
  const text = process.env[clusterVariable];
  if (text === undefined) throw new Error("this suite needs a real control plane: npm run test:kubernetes");
  return JSON.parse(text) as SharedCluster;
}

/** As an administrator; on an existing cluster, as whom its kubeconfig says. */
export function adminAccess(cluster?: Pick<SharedCluster, "server" | "ca" | "token">): Access {
  if (cluster === undefined && existing !== undefined) return existing;
  const { server, ca, token } = cluster ?? sharedCluster();
  return { server, ca, headers: () => Promise.resolve({ authorization: `Bearer ${token}` }) };
}
