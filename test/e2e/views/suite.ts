import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { parse } from "yaml";
import type { Kubectl } from "./kubectl.ts";
import { withoutKubectl } from "./kubectl.ts";
import type { ViewsRig } from "./rig.ts";
import { group, namespace, openWorld, patience, watchesOfOne } from "./world.ts";
import type { World } from "./world.ts";

/** Views of Operators, read with kubectl. Without kubectl everything is skipped, and the name says so. */
export function viewsSuite(rig: ViewsRig): void {
  const name = withoutKubectl ? `${rig.name} (skipped: kubectl is not on the PATH)` : rig.name;
  describe.skipIf(withoutKubectl)(name, () => {
    let world: World;
    let viewer: Kubectl;
    beforeAll(async () => {
      world = await openWorld(rig);
      viewer = await world.as("viewer");
      await world.shop("one");
      await world.shop("two", { city: "Bern" }, { size: "big" });
      await vi.waitFor(async () => {
        expect(await viewer.get("get", "shop", "-n", namespace, "-o", "name")).toContain(
          "shop.shopping.view.dcontroller.io/two",
        );
      }, patience);
    }, 300_000);
    afterAll(() => world.close(), 150_000);

    const lines = (text: string): readonly string[] =>
      text
        .trimEnd()
        .split("\n")
        .map((line) => line.replaceAll(/ +/g, " ").trim());
    const inShops = (...args: readonly string[]): readonly string[] => [...args, "-n", namespace];

    test("kubectl finds the kinds", async () => {
      expect(lines(await viewer.get("api-resources", "--no-headers"))).toEqual([`shop ${group}/v1alpha1 true Shop`]);
      expect(await viewer.get("api-versions")).toBe(`${group}/v1alpha1\n`);
    });

    test("get prints a table, of all and of those that labels, fields and names select", async () => {
      const [one, two] = ["one Ready spec: {city: Basel}", "two Ready spec: {city: Bern}"];
      expect(lines(await viewer.get(...inShops("get", "shop")))).toEqual(["NAME CONDITIONS CONTENT", one, two]);
      expect(lines(await viewer.get(...inShops("get", "shop", "-l", "size=big", "--no-headers")))).toEqual([two]);
      expect(lines(await viewer.get(...inShops("get", "shop", "-l", "!size", "--no-headers")))).toEqual([one]);
      expect(
        lines(await viewer.get(...inShops("get", "shop", "--field-selector=metadata.name!=two", "--no-headers"))),
      ).toEqual([one]);
      expect(lines(await viewer.get(...inShops("get", "shop", "two", "--no-headers")))).toEqual([two]);
      expect(lines(await viewer.get(...inShops("get", "shop", "--chunk-size=1", "--no-headers")))).toEqual([one, two]);
      expect(lines(await viewer.get(...inShops("get", "shop", "two", "-o", "wide", "--no-headers")))).toEqual([
        `${two} shop=yes,size=big 0`,
      ]);
      const missing = await viewer.run(...inShops("get", "shop", "three"));
      expect(missing).toMatchObject({
        code: 1,
        err: `Error from server (NotFound): shop.${group} "three" not found\n`,
      });
    });

    test("-o yaml gives the object that the pipeline made, with an identity", async () => {
      expect(parse(await viewer.get(...inShops("get", "shop", "one", "-o", "yaml")))).toEqual({
        apiVersion: `${group}/v1alpha1`,
        kind: "Shop",
        metadata: {
          name: "one",
          namespace,
          labels: { shop: "yes" },
          uid: expect.stringMatching(/^[0-9a-f]{8}-/) as string,
          resourceVersion: expect.stringMatching(/^\d{19}$/) as string,
        },
        spec: { city: "Basel" },
        status: { conditions: [{ type: "Ready", status: "True" }] },
      });
      expect(await viewer.get(...inShops("describe", "shop", "one"))).toMatch(/City: +Basel/);
    });

    test("explain says what a view is and who writes it", async () => {
      const text = await viewer.get("explain", "shop");
      expect(text).toContain(`GROUP:      ${group}`);
      expect(text.replaceAll(/\s+/g, " ")).toContain("shopping/shops");
      expect(await viewer.get("explain", "shop.metadata.labels")).toContain("map[string]string");
    });

    test("a watch tells of what comes, changes and goes, also out of its selection", async () => {
      const watch = viewer.start(
        ...inShops("get", "shop", "-l", "seen=yes", "--watch", "--output-watch-events", "--no-headers"),
      );
      onTestFinished(async () => {
        await watch.end();
      });
      const told = (text: string): Promise<void> =>
        vi.waitFor(() => {
          expect(lines(watch.out()).at(-1)).toBe(text);
        }, patience);
      // An empty list says nothing, so that it is not known from outside when the watch begins.
      await world.shop("w", { city: "Chur" }, { seen: "yes" });
      await told("ADDED w Ready spec: {city: Chur}");
      await world.shop("w", { city: "Davos" }, { seen: "yes" });
      await told("MODIFIED w Ready spec: {city: Davos}");
      await world.shop("w", { city: "Davos" });
      await told("DELETED w Ready spec: {city: Davos}");
      await world.shop("w", { city: "Davos" }, { seen: "yes" });
      await told("ADDED w Ready spec: {city: Davos}");
      await world.client.delete({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "w" });
      await told("DELETED w Ready spec: {city: Davos}");
    });

    test("who may not is told so, and who is unknown is not let in", async () => {
      const stranger = await world.as("stranger");
      const forbidden = await stranger.run(...inShops("get", "shop"));
      expect(forbidden.code).toBe(1);
      expect(forbidden.err).toContain(
        `Error from server (Forbidden): shop.${group} is forbidden: User "system:serviceaccount:${namespace}:stranger" cannot list resource "shop" in API group "${group}" in the namespace "${namespace}"`,
      );
      const everywhere = await viewer.run("get", "shop", "-A");
      expect(everywhere.err).toContain("at the cluster scope");
      const config = await world.kubeconfig("viewer");
      const unknown = await world.withConfig(config.replace(/token: .*/, "token: nobody"));
      expect(await unknown.run(...inShops("get", "shop"))).toMatchObject({
        code: 1,
        err: expect.stringContaining("must be logged in") as string,
      });
      const withPassword = await world.withConfig(config.replace(/token: .*/, "{ username: admin, password: admin }"));
      expect((await withPassword.run("get", "--raw", "/apis")).err).toContain("must be logged in");
      const disguised = await viewer.run(...inShops("get", "shop", "--as", "system:admin"));
      expect(disguised.err).toContain("impersonation is not supported");
    });

    test("views are not written to", async () => {
      for (const args of [
        ["delete", "shop", "one"],
        ["label", "shop", "one", "a=b"],
      ]) {
        const { code, err } = await viewer.run(...inShops(...args));
        expect([code, err]).toEqual([1, expect.stringContaining("views are read-only")]);
      }
    });

    test("a user has so many watches and no more, and gets others for those that ended", async () => {
      const path = `/apis/${group}/v1alpha1/namespaces/${namespace}/shop?watch=1`;
      const watches = Array.from({ length: watchesOfOne }, () => viewer.start("get", "--raw", path));
      onTestFinished(async () => {
        await Promise.all(watches.map((watch) => watch.end()));
      });
      await vi.waitFor(() => {
        for (const watch of watches) expect(watch.out()).toContain('"ADDED"');
      }, patience);
      const refused = await viewer.run("get", "--raw", path);
      expect([refused.code, refused.err]).toEqual([
        1,
        expect.stringContaining("too many watches of views (3 of one user)"),
      ]);
      await watches[0]?.end();
      await vi.waitFor(async () => {
        expect(await viewer.get("get", "--raw", `${path}&timeoutSeconds=1`)).toContain('"ADDED"');
      }, patience);
    });

    test("a Service without a selector of that name leads to the pod that serves them", async () => {
      const ref = { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace, name: "headgate-views" };
      const { pod } = world.cluster;
      const map = await world.client.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "headgate-views" });
      expect(await world.client.get(ref)).toMatchObject({
        metadata: {
          labels: { "kubernetes.io/service-name": "headgate-views" },
          ownerReferences: [{ kind: "ConfigMap", uid: map.metadata.uid }],
        },
        endpoints: [{ addresses: [pod.address], targetRef: { kind: "Pod", name: pod.name } }],
        ports: [{ name: "https", port: world.port }],
      });
    });

    test("after a restart of the operator a watch ends, a list has all again, and an old version is gone", async () => {
      const watch = viewer.start(...inShops("get", "shop", "--watch", "-o", "name"));
      await vi.waitFor(() => {
        expect(lines(watch.out())).toHaveLength(2);
      }, patience);
      const list = await viewer.get("get", "--raw", `/apis/${group}/v1alpha1/namespaces/${namespace}/shop`);
      const { metadata } = JSON.parse(list) as { readonly metadata: { readonly resourceVersion: string } };
      await world.restart();
      await watch.ended;
      await vi.waitFor(async () => {
        expect(lines(await viewer.get(...inShops("get", "shop", "--no-headers")))).toHaveLength(2);
      }, patience);
      const path = `/apis/${group}/v1alpha1/namespaces/${namespace}/shop?watch=1&resourceVersion=${metadata.resourceVersion}`;
      const old = await viewer.run("get", "--raw", path);
      expect([old.code, old.err]).toEqual([1, expect.stringContaining("too old resource version")]);
    });

    test("without the API server nobody new is let in, and again once it is back", async () => {
      const late = await world.as("late");
      await world.cluster.stopApiServer();
      const refused = await late.run(...inShops("get", "shop")).finally(() => world.cluster.startApiServer());
      expect(refused.code).toBe(1);
      expect(refused.err).toContain("(ServiceUnavailable)");
      await vi.waitFor(async () => {
        expect(lines(await late.get(...inShops("get", "shop", "--no-headers")))).toHaveLength(2);
      }, patience);
      await world.shop("after", { city: "Aarau" });
      await vi.waitFor(async () => {
        expect(lines(await late.get(...inShops("get", "shop", "--no-headers")))).toHaveLength(3);
      }, patience);
    });
  });
}
