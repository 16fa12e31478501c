export { startControllers } from "./controllers/index.ts";
export type { Controllers, ControllersOptions } from "./controllers/index.ts";
export {
  contourControllerName,
  contourPrograms,
  controlPlanePrograms,
  forward,
  installContour,
  installGatewayApi,
  installedProgram,
  isInOwnNetwork,
  kubeconfigOf,
  networkObstacle,
  podNetwork,
  runInOwnNetwork,
  serveDialer,
  startContour,
  startControlPlane,
  startInOwnNetwork,
  startKubernetes,
} from "./kubernetes/index.ts";
export type {
  Component,
  ContourOptions,
  ContourPrograms,
  ControlPlane,
  ControlPlaneOptions,
  ControlPlanePrograms,
  KubeconfigAccess,
  Kubernetes,
  KubernetesOptions,
  Listening,
  PodNetwork,
  RunningContour,
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
  ContainerProcess,
  ImageRule,
  ImageRules,
  Images,
  PodProcesses,
  Runner,
  RunnerOptions,
} from "./runner/index.ts";
export { gatewayApiCrds } from "./schema/index.ts";
export { builtInResources, createStorage, startApiServer } from "./server/index.ts";
export type { ApiServer, ApiServerOptions, Storage } from "./server/index.ts";
export { startLocalCluster } from "./start-local-cluster.ts";
export type { LocalCluster, LocalClusterOptions } from "./start-local-cluster.ts";
