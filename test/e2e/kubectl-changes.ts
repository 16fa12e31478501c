import { expect, it, vi } from "vitest";
import { crd, type Kubectl, manifest, rows } from "./kubectl-verbs.ts";

const ready = { observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };

/** Verbs that change what is there, and wait for changes. */
export function changingVerbs({ run, k, file, inNamespace, status }: Kubectl): void {
  it("patch: strategic, merge, json, and of a subresource", async () => {
    const n = await inNamespace("patching");
    await n("apply", "-f", await file(manifest("app:1")));
    const images = () => n("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[*].image}");
    await n(
      "patch",
      "deploy",
      "web",
      "-p",
      `{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"side:1"}]}}}}`,
    );
    expect((await images()).split(" ").toSorted()).toEqual(["app:1", "side:1"]);
    await n(
      "patch",
      "deploy",
      "web",
      "--type=merge",
      "-p",
      `{"spec":{"template":{"spec":{"containers":[{"name":"only","image":"only:1"}]}}}}`,
    );
    expect(await images()).toBe("only:1");
    await n(
      "patch",
      "deploy",
      "web",
      "--type=json",
      "-p",
      `[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"json:1"}]`,
    );
    expect(await images()).toBe("json:1");
    await n("patch", "deploy", "web", "--subresource=status", "--type=merge", "-p", `{"status":{"replicas":3}}`);
    expect(await n("get", "deploy", "web", "-o", "jsonpath={.status.replicas}")).toBe("3");
  });

  it("edit", async () => {
    const n = await inNamespace("editing");
    await n("apply", "-f", await file(manifest("app:1")));
    const edited = await run(["-n", "editing", "edit", "deploy", "web"], { editor: "sed -i s/app:1/app:2/" });
    expect([edited.code, edited.out.trim()]).toEqual([0, "deployment.apps/web edited"]);
    expect(await n("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}")).toBe("app:2");
  });

  it("scale, with and without a precondition", async () => {
    const n = await inNamespace("scaling");
    await n("apply", "-f", await file(manifest("app:1")));
    expect(await n("scale", "deploy", "web", "--replicas=3")).toBe("deployment.apps/web scaled");
    expect(await n("scale", "deploy", "web", "--current-replicas=3", "--replicas=4")).toBe(
      "deployment.apps/web scaled",
    );
    expect((await run(["-n", "scaling", "scale", "deploy", "web", "--current-replicas=9", "--replicas=1"])).code).toBe(
      1,
    );
    expect(await n("get", "deploy", "web", "-o", "jsonpath={.spec.replicas}")).toBe("4");
  });

  it("rollout status and wait see the status change", async () => {
    const n = await inNamespace("rollout");
    await n("apply", "-f", await file(manifest("app:1")));
    const path = ["-n", "rollout", "deploy", "web"];
    const waiting = n("wait", "deploy", "web", "--for=condition=Available", "--timeout=90s");
    const rolling = n("rollout", "status", "deploy", "web", "--timeout=90s");
    await status(path, { ...ready, conditions: [{ type: "Available", status: "True" }] });
    expect(await rolling).toContain(`deployment "web" successfully rolled out`);
    expect(await waiting).toBe("deployment.apps/web condition met");
    const gone = n("wait", "deploy", "web", "--for=delete", "--timeout=90s");
    await n("delete", "deploy", "web");
    expect(await gone).toMatch(/condition met|^$/);
  });

  it("rollout restart", async () => {
    const n = await inNamespace("restarting");
    await n("apply", "-f", await file(manifest("app:1")));
    expect(await n("rollout", "restart", "deploy", "web")).toBe("deployment.apps/web restarted");
    expect(await n("get", "deploy", "web", "-o", "jsonpath={.metadata.generation}")).toBe("2");
  });

  it("annotate and label", async () => {
    const n = await inNamespace("marking");
    await n("apply", "-f", await file(manifest("app:1")));
    expect(await n("annotate", "deploy", "web", "note=x")).toBe("deployment.apps/web annotated");
    expect(await n("label", "deploy", "web", "tier=a")).toBe("deployment.apps/web labeled");
    expect((await run(["-n", "marking", "label", "deploy", "web", "tier=b"])).code).toBe(1);
    expect(await n("label", "deploy", "web", "tier=b", "--overwrite")).toBe("deployment.apps/web labeled");
    expect(await n("label", "deploy", "web", "tier-")).toBe("deployment.apps/web unlabeled");
    const shown = JSON.parse(await n("get", "deploy", "web", "-o", "json")) as {
      metadata: { labels: unknown; annotations: unknown };
    };
    expect([shown.metadata.labels, shown.metadata.annotations]).toEqual([
      { app: "web" },
      expect.objectContaining({ note: "x" }),
    ]);
  });

  it("custom resources: wait for the definition, apply, get, scale, delete", async () => {
    const n = await inNamespace("custom");
    await k("apply", "-f", await file(crd));
    await k("wait", "crd/boxes.test.dev", "--for=condition=Established", "--timeout=90s");
    // That the names are taken does not say yet that the kind is served.
    await vi.waitFor(() => n("get", "boxes"), { timeout: 30_000, interval: 100 });
    const path = await file("apiVersion: test.dev/v1\nkind: Box\nmetadata: {name: a}\nspec: {size: 3}\n");
    expect(await n("apply", "-f", path)).toBe("box.test.dev/a created");
    expect(await n("apply", "-f", path)).toBe("box.test.dev/a unchanged");
    expect(rows(await n("get", "bx"))).toEqual([
      ["NAME", "SIZE"],
      ["a", "3"],
    ]);
    expect(await n("scale", "box", "a", "--replicas=2")).toBe("box.test.dev/a scaled");
    const refused = await run([
      "-n",
      "custom",
      "apply",
      "-f",
      await file("apiVersion: test.dev/v1\nkind: Box\nmetadata: {name: b}\nspec: {size: x}\n"),
    ]);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("spec.size: Invalid value")]);
    expect(await k("delete", "crd", "boxes.test.dev")).toContain("deleted");
  });

  it("describe and events", async () => {
    const n = await inNamespace("events");
    await n("apply", "-f", await file(manifest("app:1")));
    const event = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: "e1", namespace: "events" },
      type: "Warning",
      reason: "Because",
      message: "it was so",
      count: 1,
      involvedObject: { apiVersion: "apps/v1", kind: "Deployment", name: "web", namespace: "events" },
      lastTimestamp: new Date().toISOString(),
      firstTimestamp: new Date().toISOString(),
    };
    await run(["create", "-f", "-"], { stdin: JSON.stringify(event) });
    expect(rows(await n("get", "events", "--no-headers"))[0]?.slice(1)).toEqual([
      "Warning",
      "Because",
      "deployment/web",
      "it was so",
    ]);
    expect(await n("describe", "deploy", "web")).toMatch(/Replicas: +2 desired/);
  });
}
