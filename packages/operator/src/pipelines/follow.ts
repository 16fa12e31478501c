import type { KubeObject, OpError } from "@headgate/api";
import { untilFound } from "@headgate/kube";
import type { Client, Clock, WantedKind } from "@headgate/kube";

import type { Target } from "./body.ts";
import type { Subscriber, Subscription, Watched, WatchHub } from "./watch-hub.ts";

/** A kind that is followed: looked up first, then watched. */
export interface Followed {
  /** What the API server calls it; undefined until it is found. */
  readonly target: Target | undefined;
  readonly synced: boolean;
  readonly error: OpError | undefined;
  readonly objects: ReadonlyMap<string, KubeObject>;
  stop(): void;
}

export interface FollowOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly hub: WatchHub;
  /** Ends the looking up. */
  readonly signal: AbortSignal;
  readonly onBug: (bug: unknown) => void;
}

const nothing: ReadonlyMap<string, KubeObject> = new Map();

/** Follows a kind; `selectionOf` says which of its objects once it is found, and `subscriber` hears of them. */
export function follow(
  wanted: WantedKind,
  { client, clock, hub, signal, onBug }: FollowOptions,
  { selectionOf, subscriber }: { readonly selectionOf: (target: Target) => Watched; readonly subscriber: Subscriber },
): Followed {
  const stopped = new AbortController();
  let target: Target | undefined;
  let failure: OpError | undefined;
  let subscription: Subscription | undefined;
  const begin = async (): Promise<void> => {
    const finding = { client, clock, signal: AbortSignal.any([signal, stopped.signal]) };
    const found = await untilFound(wanted, finding, (error) => {
      failure = error;
      subscriber.changed();
    });
    if (found === undefined || stopped.signal.aborted) return;
    failure = undefined;
    target = found;
    subscription = hub.watch(selectionOf(found), subscriber);
    subscriber.changed();
  };
  begin().catch(onBug);
  return {
    get target() {
      return target;
    },
    get synced() {
      return subscription?.synced === true;
    },
    get error() {
      return failure ?? subscription?.error;
    },
    get objects() {
      return subscription?.objects ?? nothing;
    },
    stop: () => {
      stopped.abort();
      subscription?.close();
    },
  };
}
