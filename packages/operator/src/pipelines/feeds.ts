import type { KubeObject } from "@headgate/api";
import { labelSelectorText } from "@headgate/kube";
import type { Sink } from "@headgate/kube";
import type { Feed } from "@headgate/pipeline";

import { follow } from "./follow.ts";
import type { Followed, FollowOptions } from "./follow.ts";

/** What is watched for the feeds of pipelines. */
export interface Feeds {
  /** Makes these the feeds that there are. One that stays is not listed again. */
  setFeeds(feeds: readonly Feed[]): void;
  /** Undefined for a view that nobody writes: there is nothing to wait for. */
  state(id: string): Followed | undefined;
  object(id: string, key: string): KubeObject | undefined;
}

export interface FeedsOptions extends FollowOptions {
  readonly namespace: string | undefined;
  readonly sinkOf: (id: string) => Sink;
  readonly onChange: () => void;
}

/** No feeds yet. */
export function feeds(options: FeedsOptions): Feeds {
  const { namespace: only, sinkOf, onChange } = options;
  const followed = new Map<string, Followed>();
  return {
    setFeeds: (wanted) => {
      const natives = new Map(wanted.filter(({ resource }) => !resource.view).map((feed) => [feed.id, feed]));
      for (const [id, { resource, namespace, labelSelector }] of natives) {
        if (followed.has(id)) continue;
        const text = labelSelectorText(labelSelector);
        const where = namespace ?? only;
        const one = follow(resource, options, {
          subscriber: { ...sinkOf(id), changed: onChange },
          selectionOf: ({ type }) => ({
            type,
            ...(text === undefined ? {} : { labelSelector: text }),
            ...(type.namespaced && where !== undefined ? { namespace: where } : {}),
          }),
        });
        followed.set(id, one);
      }
      for (const [id, one] of [...followed]) {
        if (natives.has(id)) continue;
        one.stop();
        followed.delete(id);
      }
    },
    state: (id) => followed.get(id),
    object: (id, key) => followed.get(id)?.objects.get(key),
  };
}
