import { apiVersion, group } from "../kinds.ts";
import type { World } from "../world.ts";
import { becomes, copier, dataOf } from "./copies.ts";

/** What happens to a Toy; only a change of its spec is one of its generation. */
const changes = {
  label: { metadata: { labels: { mark: "x" } } },
  annotation: { metadata: { annotations: { mark: "x" } } },
  spec: { spec: { size: "2" } },
  status: { status: { mood: "x" } },
  "label and annotation": { metadata: { labels: { mark: "y" }, annotations: { mark: "y" } } },
} as const;

type Change = keyof typeof changes;

/** Which of the changes each predicate lets pass. */
const predicates: Readonly<Record<string, { readonly is?: unknown; readonly passes: readonly Change[] }>> = {
  none: { passes: ["label", "annotation", "spec", "status", "label and annotation"] },
  version: { is: "ResourceVersionChanged", passes: ["label", "annotation", "spec", "status", "label and annotation"] },
  generation: { is: "GenerationChanged", passes: ["spec"] },
  label: { is: "LabelChanged", passes: ["label", "label and annotation"] },
  annotation: { is: "AnnotationChanged", passes: ["annotation", "label and annotation"] },
  both: { is: { And: ["LabelChanged", "AnnotationChanged"] }, passes: ["label and annotation"] },
  either: { is: { Or: ["GenerationChanged", "LabelChanged"] }, passes: ["spec", "label", "label and annotation"] },
  not: { is: { Not: ["AnnotationChanged"] }, passes: ["label", "spec", "status"] },
  nested: {
    is: {
      And: [{ Or: ["LabelChanged", "AnnotationChanged"] }, { Not: [{ And: ["LabelChanged", "AnnotationChanged"] }] }],
    },
    passes: ["label", "annotation"],
  },
};

export const predicateStories: Readonly<Record<string, (world: World) => Promise<void>>> = {
  "an update passes when what its predicate names has changed; coming and going always do": async (world) => {
    const { namespace, create, patch, ref } = world;
    const data = { version: "$.metadata.resourceVersion" };
    const controllers = Object.entries(predicates).map(([name, { is }]) => {
      const predicate = is === undefined ? {} : { predicate: is };
      return copier(name, { apiGroup: group, kind: "Toy", namespace, ...predicate }, data);
    });
    const operator = await world.operator("predicates", controllers);
    await world.ready(operator);
    const created = await create({ apiVersion, kind: "Toy", spec: { size: "1" } }, "toy");
    const seen = Object.fromEntries(Object.keys(predicates).map((name) => [name, created.metadata.resourceVersion]));
    const look = async (of: string): Promise<unknown> =>
      Promise.all(
        Object.keys(predicates).map(async (name) => {
          return [name, await dataOf(world, ref("ConfigMap", `${of}-${name}`))] as const;
        }),
      );
    const known = (): unknown => Object.entries(seen).map(([name, version]) => [name, { version }]);
    await becomes(known(), () => look("toy"));
    for (const [change, body] of Object.entries(changes)) {
      const { metadata } = await patch(ref("Toy", "toy"), body, change === "status" ? "status" : undefined);
      for (const [name, { passes }] of Object.entries(predicates))
        if (passes.includes(change as Change)) seen[name] = metadata.resourceVersion;
      // What comes after it in the same watch has been seen by all: then so has this.
      const after = `after-${change.replaceAll(" ", "-")}`;
      const { resourceVersion: version } = (await create({ apiVersion, kind: "Toy" }, after)).metadata;
      await becomes(
        Object.keys(predicates).map((name) => [name, { version }]),
        () => look(after),
      );
      await becomes([change, known()], async () => [change, await look("toy")]);
    }
    await world.delete(ref("Toy", "toy"));
    await becomes(
      Object.keys(predicates).map(() => false),
      () => Promise.all(Object.keys(predicates).map((name) => world.there(ref("ConfigMap", `toy-${name}`)))),
    );
  },
};
