export { isInOwnNetwork, podNetwork, runInOwnNetwork } from "./network.ts";
export type { PodNetwork } from "./network.ts";
export { controlPlanePrograms, installedProgram } from "./programs.ts";
export type { ControlPlanePrograms } from "./programs.ts";
export { startControlPlane } from "./start-control-plane.ts";
export type { ControlPlane, ControlPlaneOptions } from "./start-control-plane.ts";
export type { Component } from "./component.ts";
export { startKubernetes } from "./start-kubernetes.ts";
export type { Kubernetes, KubernetesOptions } from "./start-kubernetes.ts";
