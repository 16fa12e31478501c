import { expect } from "vitest";
import type { World } from "../world.ts";
import { becomes, copier, labels, made, patcher } from "./copies.ts";

export const pruneStories: Readonly<Record<string, (world: World) => Promise<void>>> = {
  "what an Operator's new pipelines and targets do not want goes, and all the rest with the Operator": async (
    world,
  ) => {
    const { client, namespace, create, ref } = world;
    const source = { apiGroup: "", kind: "ConfigMap", namespace, labelSelector: { matchLabels: labels } };
    for (const name of ["one", "two"])
      await create({ apiVersion: "v1", kind: "ConfigMap", metadata: { labels } }, name);
    for (const kind of ["ConfigMap", "Secret"]) await create({ apiVersion: "v1", kind }, "theirs");
    const fields = { data: { a: "YQ==", b: "Yg==" } };
    const copy = copier("copy", source, {});
    const operator = await world.operator("prune", [
      copy,
      copier("more", source, {}),
      patcher("patch", source, fields),
    ]);
    const data = async (kind: string): Promise<unknown> => (await client.get(ref(kind, "theirs")))["data"] ?? {};
    await becomes(["one-copy", "one-more", "two-copy", "two-more"], () => made(world));
    await becomes(fields.data, () => data("ConfigMap"));

    const only = {
      ...copier("copy", source, {}),
      pipeline: [{ "@select": { "@eq": ["$.metadata.name", "two"] } }, (copy as { pipeline: object }).pipeline],
    };
    await world.change(operator, [only, patcher("patch", source, { data: { b: "Yg==" } })]);
    await becomes(["two-copy"], () => made(world));
    await becomes({ b: "Yg==" }, () => data("ConfigMap"));

    const elsewhere = { ...only, target: { apiGroup: "", kind: "Secret" } };
    await world.change(operator, [elsewhere, patcher("patch", source, fields, "Secret")]);
    await becomes([], () => made(world));
    await becomes([true, {}, fields.data], async () => [
      await world.there(ref("Secret", "two-copy")),
      await data("ConfigMap"),
      await data("Secret"),
    ]);
    await world.ready(operator);
    const annotations = async (): Promise<unknown> =>
      JSON.parse((await client.get(operator)).metadata.annotations?.["dcontroller.io/written"] ?? "");
    await becomes([{ group: "", kind: "Secret", patched: true }], annotations);

    await world.remove(operator);
    expect(
      await Promise.all(
        [ref("Secret", "two-copy"), ref("Secret", "theirs"), ref("ConfigMap", "theirs")].map(world.there),
      ),
    ).toEqual([false, true, true]);
    expect([await data("ConfigMap"), await data("Secret")]).toEqual([{}, {}]);
  },
};
