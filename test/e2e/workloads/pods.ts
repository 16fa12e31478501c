import { refOf } from "@headgate/api";
import { expect } from "vitest";
import { idle, isAlive, isReady, processOf, sampleContainer, scriptPod } from "./objects.ts";
import type { Pod, World } from "./world.ts";
import { eventually } from "./world.ts";

const containerOf = ({ status }: Pod) => status?.containerStatuses?.[0];
const waitsFor = (reason: string) => (pod: Pod) => containerOf(pod)?.state.waiting?.reason === reason;
const restarted = (times: number) => (pod: Pod) => containerOf(pod)?.restartCount === times && isReady(pod);

/** Deletes the pod, and gives the object as it was last. */
async function deleted(world: World, pod: Pod): Promise<Pod> {
  const watch = await world.watch<Pod>("v1", "Pod");
  await world.client.delete(refOf(pod));
  const last = await eventually(() => Promise.resolve(watch.events.find(({ type }) => type === "DELETED")));
  await watch.stop();
  return last.object;
}

export const podStories: Readonly<Record<string, (world: World) => Promise<void>>> = {
  "a pod that somebody else calls not ready is called ready again by its node": async (world) => {
    await world.create(scriptPod("called", idle));
    const pod = await world.podThat("called", isReady);
    // As the controller of nodes does, of one that it has not heard of for a while.
    const watch = await world.watch<Pod>("v1", "Pod");
    const conditions = [{ type: "Ready", status: "False", reason: "NodeNotReady" }];
    await world.client.patch(refOf(pod), { status: { conditions } }, { type: "strategic", subresource: "status" });
    await eventually(() => Promise.resolve(watch.events.find(({ object }) => !isReady(object))));
    await watch.stop();
    const again = await world.podThat("called", isReady);
    expect(containerOf(again)?.restartCount).toBe(0);
  },

  "a pod that is deleted gets SIGTERM, and may say how it ends": async (world) => {
    const script = `process.on("SIGTERM", () => process.exit(7)); console.log("up"); setInterval(() => {}, 1e6);`;
    await world.create(scriptPod("polite", script, { pod: { terminationGracePeriodSeconds: 60 } }));
    const pod = await world.podThat("polite", isReady);
    await eventually(async () => (await world.log("polite")).text === "up\n");
    const last = await deleted(world, pod);
    expect(last.metadata.deletionGracePeriodSeconds).toBe(0);
    expect(containerOf(last)?.state.terminated).toMatchObject({ exitCode: 7, reason: "Error" });
    expect(isAlive(processOf(pod))).toBe(false);
  },

  "a pod that does not end in its grace is killed": async (world) => {
    const script = `process.on("SIGTERM", () => console.log("told")); console.log("up"); setInterval(() => {}, 1e6);`;
    await world.create(scriptPod("stubborn", script, { pod: { terminationGracePeriodSeconds: 4 } }));
    const pod = await world.podThat("stubborn", isReady);
    await eventually(async () => (await world.log("stubborn")).text === "up\n");
    const following = await world.followLog("stubborn");
    const last = await deleted(world, pod);
    expect(containerOf(last)?.state.terminated).toMatchObject({ exitCode: 137, reason: "Error" });
    expect(await following.text).toBe("up\ntold\n");
    expect(isAlive(processOf(pod))).toBe(false);
  },

  "a pod that ends by itself says how": async (world) => {
    await world.create(scriptPod("good", "process.exit(0)", { pod: { restartPolicy: "Never" } }));
    await world.create(scriptPod("bad", "process.exit(3)", { pod: { restartPolicy: "Never" } }));
    const ended = ({ status }: Pod): boolean => status?.phase === "Succeeded" || status?.phase === "Failed";
    const [good, bad] = await Promise.all([world.podThat("good", ended), world.podThat("bad", ended)]);
    expect(good.status?.phase).toBe("Succeeded");
    expect(containerOf(good)?.state.terminated).toMatchObject({ exitCode: 0, reason: "Completed" });
    expect(good.status?.conditions).toContainEqual(
      expect.objectContaining({ type: "Ready", status: "False", reason: "PodCompleted" }),
    );
    expect(bad.status?.phase).toBe("Failed");
    expect(containerOf(bad)?.state.terminated).toMatchObject({ exitCode: 3, reason: "Error" });
  },

  "a container that keeps ending is restarted after longer and longer": async (world) => {
    await world.create(scriptPod("loop", "process.exit(3)"));
    const pod = await world.podThat("loop", waitsFor("CrashLoopBackOff"));
    expect(containerOf(pod)?.restartCount).toBeGreaterThan(0);
    expect(containerOf(pod)?.lastState.terminated).toMatchObject({ exitCode: 3 });
    expect(isReady(pod)).toBe(false);
  },

  "kill -9 of a container's process is noticed, and the container starts again": async (world) => {
    await world.create(scriptPod("victim", idle));
    const pod = await world.podThat("victim", isReady);
    process.kill(processOf(pod), "SIGKILL");
    const again = await world.podThat("victim", restarted(1));
    expect(containerOf(again)?.lastState.terminated).toMatchObject({ exitCode: 137 });
    expect(processOf(again)).not.toBe(processOf(pod));
    expect(again.status?.podIP).toBe(pod.status?.podIP);
  },

  "a failed liveness probe restarts the container": async (world) => {
    const probe = { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 1, timeoutSeconds: 5 };
    const container = {
      ...sampleContainer,
      startupProbe: { ...probe, failureThreshold: 60 },
      livenessProbe: { ...probe, failureThreshold: 2 },
    };
    await world.create(scriptPod("ill", "", { container }));
    const pod = await world.podThat("ill", isReady);
    expect(containerOf(pod)?.restartCount).toBe(0);
    await world.ask(pod, "/admin/healthy?value=false", { method: "POST" });
    const again = await world.podThat("ill", restarted(1));
    expect(processOf(again)).not.toBe(processOf(pod));
    expect((await world.ask(again, "/healthz")).status).toBe(200);
  },

  "a condition that comes true gives no reason any more": async (world) => {
    await world.create(scriptPod("late", "", { container: sampleContainer }));
    const pod = await world.podThat("late", isReady);
    const reasons = pod.status?.conditions?.map((condition) => ({ type: condition.type, reason: condition.reason }));
    expect(reasons).toContainEqual({ type: "Ready", reason: undefined });
    expect(reasons).toContainEqual({ type: "ContainersReady", reason: undefined });
  },

  "an image that cannot be pulled keeps the pod pending, and says why": async (world) => {
    await world.create(scriptPod("absent", "", { container: { image: "test/missing:1" } }));
    const pod = await world.podThat("absent", waitsFor("ImagePullBackOff"));
    expect(pod.status?.phase).toBe("Pending");
    expect(containerOf(pod)?.state.waiting?.message).toContain("manifest unknown");
    expect(containerOf(pod)?.restartCount).toBe(0);
    const last = await deleted(world, pod);
    expect(last.metadata.uid).toBe(pod.metadata.uid);
  },

  "a container reads ConfigMaps and Secrets, and waits for one that is missing": async (world) => {
    await world.create({ apiVersion: "v1", kind: "Secret", metadata: { name: "keys" }, stringData: { DOOR: "1234" } });
    const env = [{ name: "SIZE", valueFrom: { configMapKeyRef: { name: "settings", key: "size" } } }];
    const container = { ...sampleContainer, env, envFrom: [{ secretRef: { name: "keys" } }] };
    await world.create(scriptPod("reader", "", { container }));
    await world.podThat("reader", waitsFor("CreateContainerConfigError"));
    await world.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { size: "5" } });
    const pod = await world.podThat("reader", isReady);
    expect(JSON.parse((await world.ask(pod, "/")).text)).toMatchObject({ env: { DOOR: "1234", SIZE: "5" } });
  },

  "logs: all of them, the newest, those of the run before": async (world) => {
    const script = `for (const line of [1, 2, 3]) console.log("line " + line); ${idle}`;
    await world.create(scriptPod("talker", script));
    const pod = await world.podThat("talker", isReady);
    await eventually(async () => (await world.log("talker")).text === "line 1\nline 2\nline 3\n");
    expect((await world.log("talker", "tailLines=1")).text).toBe("line 3\n");
    expect((await world.log("talker", "timestamps=true&tailLines=1")).text).toMatch(/^\d{4}-\d\d-\d\dT\S+Z line 3\n$/);
    const none = await world.log("talker", "previous=true");
    expect(none.status).toBe(400);
    expect(none.text).toContain(`previous terminated container`);
    expect((await world.log("talker", "container=other")).status).toBe(400);
    process.kill(processOf(pod), "SIGKILL");
    await world.podThat("talker", restarted(1));
    expect((await world.log("talker", "previous=true")).text).toBe("line 1\nline 2\nline 3\n");
  },
};
