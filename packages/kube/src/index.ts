export { isAborted, untilAborted } from "./abort.ts";
export { accessFromKubeconfig, accessInCluster, defaultAccess } from "./access.ts";
export type { Access } from "./access.ts";
export type { Outcome } from "./act.ts";
export { actuator } from "./actuator.ts";
export type { Actuator, ActuatorOptions, Result } from "./actuator.ts";
export { backoffDelay } from "./backoff.ts";
export type { Backoff } from "./backoff.ts";
export { connect } from "./client.ts";
export type {
  CallOptions,
  Client,
  ClientOptions,
  DeleteOptions,
  ListOptions,
  Page,
  Selection,
  WatchOptions,
} from "./client.ts";
export { pause, systemClock } from "./clock.ts";
export type { Clock } from "./clock.ts";
export { fenced } from "./fenced.ts";
export { findKind, untilFound } from "./find-kind.ts";
export type { Finding, FoundKind, WantedKind } from "./find-kind.ts";
export { graphFeed } from "./graph-feed.ts";
export type { GraphFeed } from "./graph-feed.ts";
export { kubeconfigUser } from "./kubeconfig-user.ts";
export type { KubeconfigUser } from "./kubeconfig-user.ts";
export { labelSelectorText } from "./label-selector.ts";
export { lease } from "./lease.ts";
export type { Lease, LeaseOptions } from "./lease.ts";
export { listAll } from "./list-all.ts";
export { hasKeys, namesAll } from "./managed-fields.ts";
export type { FieldSet, ManagedFields } from "./managed-fields.ts";
export { missingPermission } from "./missing-permission.ts";
export type { MissingPermission } from "./missing-permission.ts";
export { actionPlace } from "./rank.ts";
export { recorder } from "./recorder.ts";
export type { Recorder, RecorderOptions } from "./recorder.ts";
export { reflect } from "./reflect.ts";
export type { Reflector, ReflectorStats, ReflectOptions } from "./reflect.ts";
export type { Sink } from "./replica.ts";
export { supervise } from "./runner.ts";
export type { Runner } from "./runner.ts";
export type { ApiRequest } from "./transport.ts";
