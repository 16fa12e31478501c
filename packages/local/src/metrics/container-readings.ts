import type { ContainerProcess } from "../runner/index.ts";
import { type ProcessStat, readMemory, readProcesses } from "./proc.ts";
import type { Reading } from "./usage.ts";

/**
 * Which processes belong to which container, given the first process of each: those of its process group, and all that descend
 * from them.
 */
export function processesOf(
  stats: readonly ProcessStat[],
  leaders: ReadonlySet<number>,
): ReadonlyMap<number, readonly ProcessStat[]> {
  const byPid = new Map(stats.map((stat) => [stat.pid, stat]));
  const leaderOf = (stat: ProcessStat | undefined): number | undefined => {
    for (let one = stat; one !== undefined; one = byPid.get(one.parent)) {
      if (leaders.has(one.group)) return one.group;
      if (one.pid === one.parent) return undefined;
    }
    return undefined;
  };
  return Map.groupBy(
    stats.filter((stat) => leaderOf(stat) !== undefined),
    (stat) => leaderOf(stat) ?? 0,
  );
}

/** Reads what the containers have used so far, by the pid of their first process. One that has just ended is left out. */
export async function readContainers(
  processes: readonly ContainerProcess[],
  now: () => number,
): Promise<Map<number, Reading>> {
  const at = now();
  const members = processesOf(await readProcesses(), new Set(processes.map(({ pid }) => pid)));
  const readings = processes.map(async ({ pid, startedAt }): Promise<[number, Reading][]> => {
    const own = members.get(pid);
    if (own === undefined) return [];
    const memory = await Promise.all(own.map((member) => readMemory(member.pid)));
    const cpuSeconds = own.reduce((total, member) => total + member.cpuSeconds, 0);
    return [[pid, { at, startedAt, cpuSeconds, memoryBytes: memory.reduce((total, bytes) => total + bytes, 0) }]];
  });
  return new Map((await Promise.all(readings)).flat());
}
