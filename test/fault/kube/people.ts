import type { KubeObject } from "@headgate/api";
import { OpError } from "@headgate/api";
import type { Client } from "@headgate/kube";
import type { Chance } from "./chance.ts";
import { pick } from "./chance.ts";
import { sourceLabels } from "./small-controller.ts";

/** Someone else's objects that stand where ours would; with the version that they must keep. */
export type Squatters = Map<string, KubeObject>;

/** Edits of fields that are ours. */
const tampering = {
  ConfigMap: { data: { value: "tampered" } },
  Service: { spec: { ports: [{ name: "theirs", port: 81, protocol: "TCP" }] } },
} as const;

const kinds = ["ConfigMap", "Service"] as const;

/** One thing that people do to the cluster, straight at the API server. What fails (nothing there, already there) was no thing to do. */
export async function actLikePeople(client: Client, random: Chance, squatters: Squatters): Promise<void> {
  const namespace = "default";
  const name = `s${Math.floor(random() * 5)}`;
  const source = { apiVersion: "v1", kind: "ConfigMap", namespace, name };
  const kind = pick(kinds, random);
  const copy = { apiVersion: "v1", kind, namespace, name: `${name}-copy` };
  const data = { value: String(Math.floor(random() * 1000)), ...(random() < 0.3 ? { more: "ø".repeat(50) } : {}) };
  const key = `${kind} ${copy.name}`;
  const what = pick(
    ["make", "make", "make", "change", "change", "change", "remove", "tamper", "wreck", "squat", "leave"],
    random,
  );
  try {
    switch (what) {
      case "make":
        await client.create({ ...source, metadata: { namespace, name, labels: sourceLabels }, data });
        break;
      case "change": {
        const { uid } = (await client.get(source)).metadata;
        // null takes away what a merge would leave.
        await client.patch(source, { metadata: { uid }, data: { more: null, ...data } }, { type: "merge" });
        break;
      }
      case "remove":
        await client.delete(source);
        break;
      case "tamper":
        if (!squatters.has(key)) await client.patch(copy, tampering[kind], { type: "merge" });
        break;
      case "wreck":
        if (!squatters.has(key)) await client.delete(copy);
        break;
      case "squat": {
        const spec = kind === "Service" ? { spec: { ports: [{ port: 1 }] } } : { data: { theirs: "yes" } };
        squatters.set(key, await client.create({ ...copy, metadata: { namespace, name: copy.name }, ...spec }));
        break;
      }
      case "leave":
        if (squatters.delete(key)) await client.delete(copy);
        break;
    }
  } catch (error) {
    const expected =
      error instanceof OpError && ["ALREADY_EXISTS", "NOT_FOUND", "CONFLICT", "INVALID"].includes(error.code);
    if (!expected) throw error;
  }
}
