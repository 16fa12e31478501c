import type { KubeObject } from "@headgate/api";
import fc from "fast-check";
import { runningPod } from "./rig.ts";

/** Few names, so that histories meet: recreated pods, conflicts, hashed names. */
const name = fc.constantFrom("a", "b", "7", "pod-7-x");
export const namespace = fc.constantFrom("shop", "office");

export const anyPod: fc.Arbitrary<KubeObject> = fc
  .record({
    name,
    namespace,
    uid: fc.constantFrom("first", "second"),
    label: fc.constantFrom("true", "true", "true", "false", "True"),
    annotations: fc.dictionary(
      fc.constantFrom("envoy-router/port", "envoy-router/path", "envoy-router/strip-prefix", "envoy-router/hostname"),
      fc.constantFrom("9000", "/a", "/a/", "true", "a.example.com", "bad value"),
      { maxKeys: 2 },
    ),
    ready: fc.constantFrom("True", "False"),
    phase: fc.constantFrom("Pending", "Running", "Running", "Running", "Succeeded", "Failed"),
    podIPs: fc.subarray([{ ip: "10.0.0.1" }, { ip: "fd00::1" }]),
    terminating: fc.boolean(),
  })
  .map(({ name, namespace, uid, label, annotations, ready, phase, podIPs, terminating }) =>
    runningPod(
      name,
      {
        namespace,
        uid: `${namespace}-${name}-${uid}`,
        labels: { "envoy-router/enabled": label },
        annotations,
        ...(terminating ? { deletionTimestamp: "2026-11-21T00:00:00Z" } : {}),
      },
      { phase, podIP: undefined, podIPs, conditions: [{ type: "Ready", status: ready }] },
    ),
  );
