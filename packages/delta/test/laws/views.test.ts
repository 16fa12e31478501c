import { describe, expect, test } from "vitest";
import { defineView, graph, join, mount } from "@headgate/delta";

interface Pod {
  readonly app: string;
}
interface App {
  readonly port: number;
}

const backends = defineView<{ pods: Pod; apps: App }, { backends: { readonly app: string; readonly port: number } }>({
  name: "backends",
  doc: "One backend for each pod of a known app.",
  inputs: ["pods", "apps"],
  build: ({ pods, apps }) => ({
    backends: join(pods, apps, {
      name: "backends",
      leftKey: (pod) => pod.app,
      rightKey: (_, key) => key,
      row: (pod, app) => ({ app: pod.app, port: app.port }),
    }),
  }),
});

describe("L18: a view reads what it declares, and mounts any number of times", () => {
  test("a mounted view has the inputs that it declares, and answers by its outputs", () => {
    const g = graph();
    const [one, two] = [mount(g, backends), mount(g, backends)];
    g.turn((turn) => {
      turn.set(one.inputs.pods, "p", { app: "a" });
      turn.set(one.inputs.apps, "a", { port: 80 });
      turn.set(two.inputs.pods, "p", { app: "a" });
    });
    expect([...one.outputs.backends.entries()]).toEqual([["p|a", { app: "a", port: 80 }]]);
    expect(two.outputs.backends.size).toBe(0);
    expect(Object.keys(one.inputs)).toEqual(["pods", "apps"]);
  });

  test("a view builds on collections that exist already", () => {
    const g = graph();
    const pods = g.input<Pod>({ name: "pods" });
    const apps = g.input<App>({ name: "apps" });
    g.turn((turn) => {
      turn.set(pods, "p", { app: "a" });
      turn.set(apps, "a", { port: 80 });
    });
    expect(backends.build({ pods, apps }).backends.get("p|a")).toEqual({ app: "a", port: 80 });
  });

  test("an input declared twice is refused", () => {
    expect(() => defineView({ ...backends, inputs: ["pods", "pods"] })).toThrow(
      'view "backends" declares an input twice',
    );
  });
});
