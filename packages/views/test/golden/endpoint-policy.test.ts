import { nameKey } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { goldenSuite } from "@headgate/testkit";
import { accept, rowsOf, setAvailable, settle, stage } from "../endpoint-policy/rig.ts";

/** All of a case's objects are there, every Deployment has a replica, and every route is taken. */
goldenSuite({
  dir: new URL("../../testdata/endpoint-policy/", import.meta.url),
  run: (documents) => {
    const on = stage();
    for (const object of documents as readonly KubeObject[]) on.cluster.put(object);
    settle(on);
    for (const { kind, metadata } of [...on.cluster.objects.values()]) {
      if (kind === "Deployment") setAvailable(on, nameKey(metadata), 1);
    }
    settle(on);
    for (const { kind, metadata } of [...on.cluster.objects.values()]) {
      if (kind === "HTTPRoute" || kind === "GRPCRoute") accept(on, `${kind}/${nameKey(metadata)}`);
    }
    settle(on);
    return {
      desired: rowsOf(on.operator.desired).map(({ object }) => object),
      notices: rowsOf(on.operator.notices).map(({ about, reason, message }) => `${about.name}: ${reason}: ${message}`),
      statuses: [...on.cluster.objects.values()]
        .filter(({ kind }) => kind === "EndpointPolicy")
        .map(({ metadata, status }) => ({ policy: nameKey(metadata), status })),
    };
  },
});
