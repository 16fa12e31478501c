import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ControlPlane, ControlPlaneOptions } from "@headgate/local";
import { controlPlanePrograms, podNetwork, startControlPlane } from "@headgate/local";

/** A control plane for one suite alone, that it may stop, kill and compact. `network`: a number from 1 to 9 that no other suite uses. */
export async function startPrivateControlPlane(
  network: number,
  options: Pick<ControlPlaneOptions, "flags" | "durable"> = {},
): Promise<ControlPlane> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-control-plane-"));
  const say = (line: string): void => {
    console.error(`kubernetes rig: ${line}`);
  };
  try {
    const programs = await controlPlanePrograms({ say });
    const plane = await startControlPlane({ ...options, programs, folder, address: podNetwork(network).nodeAddress });
    const close = async (): Promise<void> => {
      await plane.close();
      await rm(folder, { recursive: true, force: true });
    };
    return { ...plane, close };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Makes etcd forget all versions but the newest. Throws when it refuses. */
export async function forgetHistory({ etcdUrl }: ControlPlane): Promise<void> {
  const ask = async (path: string, body: object): Promise<{ header?: { revision?: string } }> => {
    const answer = await fetch(`${etcdUrl}/v3/kv/${path}`, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd: ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { header?: { revision?: string } };
  };
  const { header } = await ask("range", { key: Buffer.from("/registry").toString("base64"), count_only: true });
  await ask("compaction", { revision: header?.revision, physical: true });
}
