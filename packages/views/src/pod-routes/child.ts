import { instanceLabel, managedByLabel, managedByValue, podRoutesController } from "@headgate/api";
import type { Desired, PodRouteSettings, RoutedPod } from "@headgate/api";

/** What a child is besides its name and marks. */
export interface ChildBody {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** The fields beside `metadata`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The labels by which this operator knows its children again. */
export function childMarks(settings: PodRouteSettings): Readonly<Record<string, string>> {
  return { [managedByLabel]: managedByValue, [instanceLabel]: settings.instance };
}

/** A child of the pod: in its namespace, marked, and collected with it by the cluster itself. */
export function child({ pod }: RoutedPod, settings: PodRouteSettings, body: ChildBody): Desired {
  const { apiVersion, kind, name, labels, fields } = body;
  return {
    controller: podRoutesController,
    owner: pod,
    object: {
      apiVersion,
      kind,
      metadata: {
        name,
        namespace: pod.namespace,
        labels: { ...childMarks(settings), ...labels },
        ownerReferences: [
          { apiVersion: pod.apiVersion, kind: pod.kind, name: pod.name, uid: pod.uid, controller: true },
        ],
      },
      ...fields,
    },
  };
}
