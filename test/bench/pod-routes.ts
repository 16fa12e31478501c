/** Many labelled pods, as objects only: how long until all routes exist, how many writes that takes, and how many it takes from then on. */
import type { Bench } from "./bar.ts";
import { onKubernetes } from "./pod-routes/on-kubernetes.ts";
import { onLocal } from "./pod-routes/on-local.ts";

export const bench: Bench = (rig) => (rig === "kubernetes" ? onKubernetes() : onLocal());
