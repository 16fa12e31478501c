import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

import type { KubeObject } from "@headgate/api";

import { runHeadgate } from "../../headgate-process.ts";
import { echoPod } from "../pods.ts";
import { eventually } from "../rig.ts";
import type { PodRouteRig } from "../rig.ts";
import { openRoom } from "../room.ts";

/** What the command says of a cluster that is at work. */
export function commandStories(rig: () => PodRouteRig): void {
  describe("headgate", () => {
    test("says what is routed, why an object is there, and what it would make of what is there", async () => {
      const room = await openRoom(rig(), "command");
      const pod = await room.serving(echoPod("a", { annotations: { "envoy-router/path": "/a" } }));
      const { kubeconfig } = rig();
      const of = ["--kubeconfig", kubeconfig, "--watch-namespace", room.name];

      await eventually(async () => {
        const { code, out, err } = await runHeadgate(["status", ...of]);
        expect({ code, err }).toEqual({ code: 0, err: "" });
        expect(out).toMatch(/^1 pods routed, 0 writes due, 0 refused\n/);
        expect(out).toMatch(/command\/a +\/a +ready +a\n/);
      });
      const explained = await runHeadgate(["explain", "HTTPRoute/command/a", ...of]);
      expect(explained).toMatchObject({ code: 0, err: "" });
      expect(explained.out).toContain("HTTPRoute command/a is wanted by pod-routes on behalf of Pod command/a\n");
      expect(explained.out).toContain("exists as it is wanted\n");
      expect(explained.out).toContain(" pods command/a\n");

      const manifest = join(dirname(kubeconfig), "pod.yaml");
      await writeFile(manifest, JSON.stringify(pod));
      const rendered = await runHeadgate(["render", "-f", manifest, "-o", "json"]);
      expect(rendered.code).toBe(0);
      const { items } = JSON.parse(rendered.out) as { items: readonly KubeObject[] };
      expect(items.map(({ kind }) => kind)).toEqual(["Service", "EndpointSlice", "HTTPRoute"]);
      for (const { kind, metadata, ...fields } of items) {
        const { labels, ownerReferences } = metadata;
        expect(await room.get(kind as "Service", "a")).toMatchObject({
          ...fields,
          metadata: { labels, ownerReferences },
        });
      }
    });
  });
}
