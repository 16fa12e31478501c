export { annotationField } from "./annotations.ts";
export { childName } from "./child-name.ts";
export {
  annotationPrefix,
  podRouteAnnotations,
  enabledLabel,
  instanceLabel,
  managedByLabel,
  managedByValue,
  podRoutesController,
  sliceManager,
} from "./names.ts";
export { leanPod } from "./pod-shape.ts";
export type { PodAddress } from "./pod-shape.ts";
export { parseRoutedPod, routeWanted } from "./routed-pod.ts";
export type { RoutedPod } from "./routed-pod.ts";
export { defaultPodRouteSettings, parsePodRouteSettings } from "./settings.ts";
export type { PodRouteSettings } from "./settings.ts";
