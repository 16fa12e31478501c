import { expect, onTestFinished, test, vi } from "vitest";
import { resourceTypes } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { openApp } from "../app.ts";
import type { App } from "../app.ts";
import { patience } from "../rig.ts";
import type { PolicyRig } from "../rig.ts";
import { traffic } from "../traffic.ts";

const hpa = { max: 2, cpuTarget: 80 };
const resources = { cpuRequest: "100m" };
const endpoints = ["a", "b", "c"].map((id) => ({ id, match: { path: `/${id}` }, hpa, resources }));
const kinds = ["HTTPRoute", "HorizontalPodAutoscaler", "Deployment", "Service"] as const;

export function deletionStory(rig: () => PolicyRig): void {
  test("of three endpoints one goes: its four objects, the route first; its path is the application's again, and no request fails", async () => {
    const app = await openApp(rig(), "three");
    await app.setEndpoints(endpoints);
    await app.ready();
    for (const { id } of endpoints) await app.answeredBy(`/${id}/x`, id);
    const asking = endpoints.map(({ id }) => traffic(app, `/${id}/x`));
    const deleted = await deletions(rig(), app);
    await Promise.all(asking.map((one) => one.more(20)));
    await app.setEndpoints(endpoints.filter(({ id }) => id !== "b"));
    await app.answeredBy("/b/x", "main");
    await vi.waitFor(() => {
      expect(deleted().toSorted()).toEqual(
        kinds.map((kind) => `${kind}/three-b${kind === "Service" ? "-svc" : ""}`).toSorted(),
      );
    }, patience);
    expect(deleted()[0]).toBe("HTTPRoute/three-b");
    await app.ready();
    await Promise.all(asking.map((one) => one.more(100)));
    const [a, b, c] = await Promise.all(asking.map((one) => one.stop()));
    expect({ a, c }).toEqual({ a: ["a"], c: ["c"] });
    expect([...new Set(b)]).toEqual(["b", "main"]);
    expect(await app.servedBy("/b/x")).toBe("main");
    expect(deleted()).toHaveLength(4);
  });
}

/** The app's objects of the children's kinds that have gone since now, as `Kind/name`, in the order in which they went. */
async function deletions({ client, namespace }: PolicyRig, app: App): Promise<() => readonly string[]> {
  const gone: { readonly version: number; readonly name: string }[] = [];
  const stopping = new AbortController();
  const readings: Promise<void>[] = [];
  for (const kind of kinds) {
    const type = resourceTypes[kind];
    const { resourceVersion } = await client.list(type, { namespace });
    const options = { namespace, resourceVersion, timeoutSeconds: 300, signal: stopping.signal };
    const reading = eachDeleted(await client.watch(type, options), ({ metadata }) => {
      // Those of other apps may still be going.
      if (!metadata.name.startsWith(`${app.name}-`)) return;
      gone.push({ version: Number(metadata.resourceVersion), name: `${kind}/${metadata.name}` });
    });
    readings.push(
      reading.catch((error: unknown) => {
        if (!stopping.signal.aborted) throw error;
      }),
    );
  }
  onTestFinished(async () => {
    stopping.abort();
    await Promise.all(readings);
  });
  // The version of a deletion is the moment of it, among all kinds.
  return () => gone.toSorted((a, b) => a.version - b.version).map(({ name }) => name);
}

async function eachDeleted(body: AsyncIterable<Uint8Array>, take: (object: KubeObject) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const { type, object } = JSON.parse(line) as { type: string; object: KubeObject };
      if (type === "DELETED") take(object);
    }
  }
}
