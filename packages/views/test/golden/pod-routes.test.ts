import { nameKey } from "@headgate/api";
import type { KubeObject, PodRouteSettings } from "@headgate/api";
import { graph, mount } from "@headgate/delta";
import { goldenSuite } from "@headgate/testkit";
import { podRoutes } from "@headgate/views/pod-routes";
import { aGateway, aPod, noticeLine, rowsOf, settingsOf } from "../pod-routes/rig.ts";

interface Case {
  readonly settings?: Partial<PodRouteSettings>;
  readonly pods: readonly KubeObject[];
  /** Namespaces that have the Gateway `envoy-router`; `shop` when left out. */
  readonly gateways?: readonly string[];
  readonly httpRoutes?: readonly KubeObject[];
}

goldenSuite({
  dir: new URL("../../testdata/pod-routes/", import.meta.url),
  run: ([document]) => {
    const { settings, pods, gateways = ["shop"], httpRoutes = [] } = document as Case;
    const engine = graph();
    const { inputs, outputs } = mount(engine, podRoutes(settingsOf(settings)));
    engine.turn((turn) => {
      for (const pod of pods.map(aPod)) turn.set(inputs.pods, nameKey(pod.metadata), pod);
      for (const namespace of gateways) turn.set(inputs.gateways, namespace, aGateway(namespace));
      for (const route of httpRoutes) turn.set(inputs.httpRoutes, nameKey(route.metadata), route);
    });
    return {
      desired: rowsOf(outputs.desired).map(({ object }) => object),
      notices: rowsOf(outputs.notices).map(noticeLine),
      managed: rowsOf(outputs.managed).map(
        ({ pod, path, hostname, state }) => `${nameKey(pod)} at ${hostname ?? "*"}${path}: ${state}`,
      ),
    };
  },
});
