import { Agent } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

import { onTestFinished } from "vitest";

import type { KubeObject } from "@headgate/api";

import { ask } from "./ask.ts";
import type { Answer } from "./ask.ts";
import { addressOf, isServing } from "./pods.ts";
import type { Room } from "./room.ts";

/** What became of the requests to a fleet of pods. */
export interface TrafficReport {
  readonly asked: number;
  /** Answered by the pod that was asked for. */
  readonly served: number;
  /** Those of the served that the pod answered after it had been told to end. */
  readonly servedLate: number;
  /** Not answered by the pod, before its first answer: its route was not there yet. */
  readonly early: number;
  /** Not answered by the pod, which did not answer to its own address either: it no longer served. */
  readonly late: number;
  /** Requests that a pod should have had: it had answered through the gateway before, and answered at its own address just afterwards. */
  readonly failures: readonly string[];
}

export interface Traffic {
  readonly report: () => TrafficReport;
  stop(): Promise<TrafficReport>;
}

interface Target {
  readonly name: string;
  readonly uid: string;
  readonly address: string;
  routed: boolean;
}

const lanes = 16;
const pauseMs = 10;
const relistMs = 250;

/**
 * Asks each pod of a room in turn through the gateway, over connections that stay open, until it is stopped. A pod is asked from the
 * moment when it is ready until it is gone and answers no more.
 *
 * Whether a pod still serves is the pod's own to say: each request that it did not answer is followed at once by one to its own
 * address. A pod that answers that one was there for the first one too. Requests before its first answer through the gateway do
 * not count: a client cannot know of its route yet.
 */
export function startTraffic(room: Room): Traffic {
  const agent = new Agent({ keepAlive: true, maxSockets: lanes });
  const count = { asked: 0, served: 0, servedLate: 0, early: 0, late: 0 };
  const failures: string[] = [];
  const targets = new Map<string, Target>();
  let on = true;

  const follow = async (): Promise<void> => {
    while (on) {
      const pods = await room.list("Pod");
      for (const pod of pods) {
        const target = targetOf(pod);
        if (target !== undefined && !targets.has(target.uid)) targets.set(target.uid, target);
      }
      const there = new Set(pods.map(({ metadata }) => metadata.uid));
      for (const target of targets.values()) {
        if (!there.has(target.uid) && !(await servesItself(target))) targets.delete(target.uid);
      }
      await pause(relistMs);
    }
  };
  const askFor = async (target: Target): Promise<void> => {
    let problem = "";
    const answer = await ask(`${room.gateway.url}/${target.name}/`, { agent }).catch((error: unknown): Answer => {
      problem = String(error);
      return { status: 0, said: {} };
    });
    count.asked += 1;
    if (isFrom(target, answer)) {
      target.routed = true;
      count.served += 1;
      if (answer.said["terminating"] === true) count.servedLate += 1;
    } else if (answer.status === 200) {
      failures.push(`${target.name}: answered by ${String(answer.said["pod"])}`);
    } else if (!target.routed) {
      count.early += 1;
    } else if (await servesItself(target)) {
      failures.push(`${target.name}: ${String(answer.status)} ${problem}`);
    } else {
      count.late += 1;
    }
  };
  const lane = async (): Promise<void> => {
    while (on) {
      const [next] = targets.values();
      if (next !== undefined) {
        // To the end of the line.
        targets.delete(next.uid);
        targets.set(next.uid, next);
        await askFor(next);
      }
      await pause(pauseMs);
    }
  };
  onTestFinished(() => {
    on = false;
  });
  const running = Promise.all([follow(), ...Array.from({ length: lanes }, lane)]);
  const report = (): TrafficReport => ({ ...count, failures: [...failures] });
  return {
    report,
    stop: async () => {
      on = false;
      await running;
      agent.destroy();
      return report();
    },
  };
}

function targetOf(pod: KubeObject): Target | undefined {
  const { name, uid } = pod.metadata;
  if (!isServing(pod) || uid === undefined) return undefined;
  return { name, uid, address: addressOf(pod), routed: false };
}

function isFrom({ uid }: Target, { status, said }: Answer): boolean {
  const { env } = said as { env?: { POD_UID?: string } };
  return status === 200 && env?.POD_UID === uid;
}

/** Whether the pod answers when nothing is between it and who asks. */
async function servesItself(target: Target): Promise<boolean> {
  const agent = new Agent();
  return ask(`http://${target.address}:8080/`, { agent }).then(
    (answer) => isFrom(target, answer),
    () => false,
  );
}
