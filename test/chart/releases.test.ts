import { expect, test } from "vitest";
import { chartFolder, chartSuite, one, operatorOf, podsOf, render } from "./chart.ts";
import type { Manifest, Release } from "./chart.ts";

const everything = {
  proxy: { enabled: true },
  metrics: { serviceMonitor: { enabled: true, namespace: "monitoring" } },
};
const secondary = [`${chartFolder}/values-secondary.yaml`];

const identity = ({ kind, metadata: { namespace = "", name } }: Manifest): string => `${kind} ${namespace}/${name}`;
const instance = (release: Release): string | undefined => {
  const operator = render(release).find(
    ({ kind, metadata }) => kind === "Deployment" && !metadata.name.endsWith("proxy"),
  );
  return (
    operator &&
    podsOf(operator)
      .spec.containers[0].args.find((arg) => arg.startsWith("--instance="))
      ?.slice(11)
  );
};

chartSuite("several releases in one cluster", () => {
  test("have no object in common, whether names or namespaces are the same", () => {
    const first = render({ name: "rel", namespace: "ns-1", values: everything });
    const others: readonly Release[] = [
      { name: "rel", namespace: "ns-2" },
      { name: "other", namespace: "ns-2" },
      // Joined by a dash, both of these would be called ns-1-rel.
      { name: "1-rel", namespace: "ns" },
    ];
    for (const release of others) {
      const objects = render({ ...release, files: secondary, values: everything });
      expect(objects.length).toBeGreaterThan(10);
      const theirs = new Set(objects.map(identity));
      expect(first.map(identity).filter((name) => theirs.has(name))).toEqual([]);
    }
  });

  test("mark what their operators make with different instances, however long the names are", () => {
    const long = "n".repeat(50);
    const releases: readonly Release[] = [
      { name: "rel", namespace: "ns-1" },
      { name: "rel", namespace: "ns-2" },
      { name: "1-rel", namespace: "ns" },
      { name: `${long}-a`, namespace: long },
      { name: `${long}-b`, namespace: long },
    ];
    const instances = releases.map(instance);
    expect(instances[0]).toBe("ns-1.rel");
    expect(new Set(instances).size).toBe(releases.length);
    for (const value of instances) expect(value).toMatch(/^[a-z0-9][-a-z0-9.]{0,61}[a-z0-9]$/);
  });

  test("can be told the instance, to take over what another one made", () => {
    expect(operatorOf({ values: { operator: { instance: "headgate" } } }).args).toContain("--instance=headgate");
  });

  test("the preset for further releases serves its own namespace and makes nothing that others share", () => {
    const objects = render({ namespace: "ns-2", files: secondary });
    expect(objects.filter(({ metadata }) => metadata.namespace === undefined)).toEqual([]);
    expect(podsOf(one(objects, "Deployment")).spec.containers[0].args).toContain("--watch-namespace=ns-2");
    expect(one(objects, "Gateway").metadata.namespace).toBe("ns-2");
  });
});
