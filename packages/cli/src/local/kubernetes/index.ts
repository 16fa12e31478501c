export type { GatewayName } from "./messages.ts";
export { startKubernetesCluster } from "./start-cluster.ts";
