/** What Linux says of processes and of the machine: `/proc`. */
import { readdir, readFile } from "node:fs/promises";

export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Of the process and of those of its children that have ended and that it has waited for. */
  readonly cpuSeconds: number;
}

export interface MachineUsage {
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

/** Linux tells every program that a second has so many ticks, whatever the kernel counts in. */
const ticksPerSecond = 100;

/** Of `/proc/PID/stat`. */
export function parseStat(text: string): ProcessStat {
  // The name may hold anything, and ends with the last parenthesis.
  const end = text.lastIndexOf(")");
  const fields = text.slice(end + 2).split(" ");
  const number = (index: number): number => Number(fields[index]);
  const [user, system, childrenUser, childrenSystem] = [number(11), number(12), number(13), number(14)];
  return {
    pid: Number(text.slice(0, text.indexOf(" "))),
    parent: number(1),
    group: number(2),
    cpuSeconds: (user + system + childrenUser + childrenSystem) / ticksPerSecond,
  };
}

/** Of `/proc/PID/smaps_rollup`: pages that several processes share count for each in part, so that the parts make the whole. */
export function parseMemory(text: string): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}

/** Of `/proc/stat` and `/proc/meminfo`. */
export function parseMachine(stat: string, meminfo: string): MachineUsage {
  // User, nice, system, then idle and waiting for disks, then interrupts and what a hypervisor took. Guests are in the first two.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = (/^cpu\s+(.*)$/m.exec(stat)?.[1] ?? "")
    .split(" ")
    .map(Number);
  const kilobytes = (name: string): number =>
    Number(new RegExp(String.raw`^${name}:\s+(\d+) kB`, "m").exec(meminfo)?.[1] ?? 0);
  return {
    cpuSeconds: (user + nice + system + irq + softIrq) / ticksPerSecond,
    memoryBytes: (kilobytes("MemTotal") - kilobytes("MemAvailable")) * 1024,
  };
}

export async function readProcesses(): Promise<ProcessStat[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const texts = await Promise.all(pids.map((pid) => readIfThere(`/proc/${pid}/stat`)));
  return texts.flatMap((text) => (text === undefined ? [] : [parseStat(text)]));
}

/** In bytes; 0 when the process has ended. */
export async function readMemory(pid: number): Promise<number> {
  return parseMemory((await readIfThere(`/proc/${pid}/smaps_rollup`)) ?? "");
}

export async function readMachine(): Promise<MachineUsage> {
  const [stat, meminfo] = await Promise.all([readFile("/proc/stat", "utf8"), readFile("/proc/meminfo", "utf8")]);
  return parseMachine(stat, meminfo);
}

/** A process may end at any moment. */
async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
