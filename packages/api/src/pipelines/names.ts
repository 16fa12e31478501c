export const operatorApiVersion = "dcontroller.io/v1alpha1";

/** Begins the short names of all controllers of pipelines: the field manager of one is `headgate/pipelines/<operator>/<controller>`. */
export const pipelinesController = "pipelines";

/** The value of `app.kubernetes.io/managed-by` on what an Updater made. */
export const pipelinesManager = "headgate-pipelines";

/** On what an Updater made: which operator and which of its controllers it belongs to, as label values. */
export const operatorLabel = "dcontroller.io/operator";
export const controllerLabel = "dcontroller.io/controller";

/** Held by an Operator while there may be something of its controllers in the cluster. */
export const operatorFinalizer = "dcontroller.io/finalizer";

/** On an Operator: where its controllers may have written, so that it is found again whatever its spec says by then. */
export const writtenAnnotation = "dcontroller.io/written";
