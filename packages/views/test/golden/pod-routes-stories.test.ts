import { identityKey, refOf } from "@headgate/api";
import type { KubeObject, PodRouteSettings } from "@headgate/api";
import { modelCluster, scenarioSuite } from "@headgate/testkit";
import type { ModelCluster } from "@headgate/testkit";
import { actionLine, aGateway, aPod, controller, noticeLine, rowsOf, settingsOf } from "../pod-routes/rig.ts";
import type { Controller } from "../pod-routes/rig.ts";

interface Operator {
  readonly settings: PodRouteSettings;
  known: Controller;
}

interface Story {
  readonly cluster: ModelCluster;
  readonly operators: Operator[];
}

interface Start {
  /** One for each operator that runs; a single one with the defaults when left out. */
  readonly operators?: readonly Partial<PodRouteSettings>[];
}

/** What happens from outside, in the order of these fields; all of one event happens before the operators look again. */
interface Event {
  /** Objects that are deleted, as `Kind/namespace/name`. */
  readonly remove?: readonly string[];
  /** Someone creates objects, or replaces them. Pods may be written short, as in the golden cases. */
  readonly put?: readonly KubeObject[];
  /** Someone changes fields of an object: merged into it by path, null removes. */
  readonly edit?: Readonly<Record<string, unknown>>;
  /** The cluster's garbage collector runs before the operators look. */
  readonly collect?: boolean;
  /** The operators are killed after so many of their next writes, and started again. */
  readonly killAfter?: number;
  /** Every operator forgets what it knew and lists everything again. */
  readonly relist?: boolean;
}

const groups: Readonly<Record<string, string>> = {
  HTTPRoute: "gateway.networking.k8s.io",
  EndpointSlice: "discovery.k8s.io",
};

function keyOf(short: string): string {
  const [kind = "", namespace = "", name = ""] = short.split("/");
  return `${groups[kind] ?? ""}/${kind}/${namespace}/${name}`;
}

function edited(value: unknown, change: unknown): unknown {
  if (change === null) return undefined;
  if (typeof change !== "object" || Array.isArray(change)) return change;
  const fields = new Map(Object.entries((value ?? {}) as Readonly<Record<string, unknown>>));
  for (const [name, inner] of Object.entries(change)) {
    const next = edited(fields.get(name), inner);
    if (next === undefined) fields.delete(name);
    else fields.set(name, next);
  }
  return Object.fromEntries(fields);
}

function happen({ cluster, operators }: Story, event: Event): void {
  for (const short of event.remove ?? []) cluster.remove(keyOf(short));
  for (const object of event.put ?? []) {
    const whole = (object.kind as string | undefined) === undefined ? aPod(object) : object;
    cluster.put({ ...cluster.objects.get(identityKey(refOf(whole))), ...whole });
  }
  for (const [short, change] of Object.entries(event.edit ?? {})) {
    const object = cluster.objects.get(keyOf(short));
    if (object === undefined) throw new Error(`there is no ${short} to edit`);
    cluster.put(edited(object, change) as KubeObject);
  }
  if (event.collect === true) cluster.collectGarbage();
  if (event.relist === true) for (const operator of operators) operator.known = controller(operator.settings);
}

/** Lets the operators work until none has anything to do, and gives their writes in order. */
function settle({ cluster, operators }: Story, killAfter = Infinity): string[] {
  const lines: string[] = [];
  let left = killAfter;
  for (let round = 0; round < 40; round++) {
    let acted = false;
    for (const [i, operator] of operators.entries()) {
      operator.known.see(cluster.objects.values());
      const actions = rowsOf(operator.known.actions).toSorted((a, b) => (actionLine(a) < actionLine(b) ? -1 : 1));
      for (const action of actions) {
        if (left-- === 0) {
          operator.known = controller(operator.settings);
          lines.push("killed and started again");
          acted = true;
          break;
        }
        const done = cluster.act(action);
        lines.push(`${operators.length > 1 ? `${String(i)}: ` : ""}${actionLine(action)}${done ? "" : " (refused)"}`);
        acted = true;
      }
    }
    if (!acted) return lines;
  }
  throw new Error(`the operators never come to rest:\n${lines.join("\n")}`);
}

scenarioSuite<Story>({
  dir: new URL("../../testdata/pod-routes/", import.meta.url),
  open: (start) => {
    const { operators = [{}] } = (start ?? {}) as Start;
    const cluster = modelCluster();
    cluster.put(aGateway("shop"));
    return {
      cluster,
      operators: operators.map(settingsOf).map((settings) => ({ settings, known: controller(settings) })),
    };
  },
  step: (story, event) => {
    happen(story, event as Event);
    const writes = settle(story, (event as Event).killAfter);
    const each = story.operators.map(({ known }) => ({
      notices: rowsOf(known.notices).map(noticeLine),
      managed: known.managed.size,
    }));
    const children = [...story.cluster.objects.values()]
      .filter(({ kind }) => kind !== "Pod" && kind !== "Gateway")
      .map(({ kind, metadata }) => `${kind}/${metadata.namespace ?? ""}/${metadata.name}`)
      .sort();
    return { writes, children, ...(each.length === 1 ? each[0] : { operators: each }) };
  },
});
