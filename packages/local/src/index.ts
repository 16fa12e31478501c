export { startControllers } from "./controllers/index.ts";
export type { Controllers, ControllersOptions } from "./controllers/index.ts";
export {
  controlPlanePrograms,
  forward,
  installedProgram,
  isInOwnNetwork,
  kubeconfigOf,
  networkObstacle,
  podNetwork,
  runInOwnNetwork,
  serveDialer,
  startControlPlane,
  startInOwnNetwork,
  startKubernetes,
} from "./kubernetes/index.ts";
export type {
  Component,
  ControlPlane,
  ControlPlaneOptions,
  ControlPlanePrograms,
  KubeconfigAccess,
  Kubernetes,
  KubernetesOptions,
  Listening,
  PodNetwork,
  StartOptions,
  Target,
} from "./kubernetes/index.ts";
export { startRunner } from "./runner/index.ts";
export type {
  Address,
  Addressing,
  BackOff,
  Clock,
  ClusterAccess,
  ImageRule,
  ImageRules,
  Images,
  Runner,
  RunnerOptions,
} from "./runner/index.ts";
export { createStorage, startApiServer } from "./server/index.ts";
export type { ApiServer, ApiServerOptions, Storage } from "./server/index.ts";
export { startLocalCluster } from "./start-local-cluster.ts";
export type { LocalCluster, LocalClusterOptions } from "./start-local-cluster.ts";
