import type { KubeObject } from "@headgate/api";
import { nameKey } from "@headgate/api";
import { Pipelines, parseOperator } from "@headgate/pipeline";

import { viewStore } from "../../src/view-api/index.ts";
import type { ViewStore } from "../../src/view-api/index.ts";

export const group = "shopping.view.dcontroller.io";
export const startMs = Date.parse("2026-01-31T12:00:00Z");
const now = "2026-01-31T12:00:00Z";

/** Views of ConfigMaps, without a cluster. */
export interface ViewStage {
  readonly store: ViewStore;
  put(object: KubeObject): void;
  remove(object: KubeObject): void;
  /** Takes other Operators. */
  run(operators: readonly KubeObject[]): void;
}

export const shopping: KubeObject = {
  apiVersion: "dcontroller.io/v1alpha1",
  kind: "Operator",
  metadata: { name: "shopping" },
  spec: {
    controllers: [
      {
        name: "shops",
        sources: [{ apiGroup: "", kind: "ConfigMap" }],
        pipeline: { "@project": { metadata: "$.metadata", spec: "$.data" } },
        target: { kind: "Shop" },
      },
    ],
  },
};

export const configMap = (name: string, data: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { namespace: "default", name, ...metadata },
  data,
});

/** `depth`: how many changes of a view are remembered at least. */
export function viewStage(operators: readonly KubeObject[] = [shopping], depth = 100): ViewStage {
  const store = viewStore({ startMs, depth });
  const pipelines = new Pipelines([], { now });
  const feedOf = ({ kind }: KubeObject): readonly string[] =>
    pipelines.feeds.filter(({ resource }) => resource.kind === kind).map(({ id }) => id);
  const stage: ViewStage = {
    store,
    put: (object) => {
      const key = nameKey(object.metadata);
      pipelines.apply(
        feedOf(object).map((feed) => ({ feed, key, object })),
        now,
      );
    },
    remove: (object) => {
      const key = nameKey(object.metadata);
      pipelines.apply(
        feedOf(object).map((feed) => ({ feed, key, object: undefined })),
        now,
      );
    },
    run: (of) => {
      const controllers = of.flatMap(({ metadata, spec }) => parseOperator(metadata.name, spec as never).controllers);
      pipelines.setControllers(controllers, now);
      store.follow(pipelines);
    },
  };
  stage.run(operators);
  return stage;
}
