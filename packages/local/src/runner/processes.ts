import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import type { Launch } from "./environment.ts";

export interface Exit {
  /** 128 + n for a process that signal n has ended. */
  readonly exitCode: number;
  readonly signal?: number;
}

export interface Process {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<Exit>;
  /** To the first process, as a container runtime does. */
  terminate(): void;
  /** To the whole process group. */
  kill(): void;
}

/** Starts processes, each in a process group of its own, and sees to it that none outlives this one. */
export interface Processes {
  /** Rejects when there is no such program. */
  start(launch: Launch): Promise<Process>;
  /** Kills all that is left. */
  close(): Promise<void>;
}

/**
 * Reads `+ GROUP` and `- GROUP` lines; at the end of its input, which comes when this process dies by whatever means, it
 * kills the groups that are left. A process that leaves its group (a daemon) escapes it.
 */
const watchdogScript = `
trap '' INT TERM HUP
groups=' '
while read -r change group; do
  case $change in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -KILL "-$group" 2>/dev/null; done
exit 0
`;

export function processes(): Processes {
  const live = new Set<Process>();
  const groups = new Set<number>();
  const starting = new Set<Promise<unknown>>();
  let closed = false;
  let watchdog: ChildProcess | undefined;
  /** Somebody may kill the watchdog: the next start or end of a process starts another, with all that is live. */
  const watch = (): ChildProcess => {
    const started = startWatchdog();
    started.once("exit", () => {
      if (watchdog === started) watchdog = undefined;
    });
    for (const group of groups) started.stdin?.write(`+ ${group}\n`);
    return started;
  };
  const tell = (line: string): void => {
    if (watchdog === undefined) watchdog = watch();
    else watchdog.stdin?.write(line);
  };
  const enter = (group: number): void => {
    groups.add(group);
    tell(`+ ${group}\n`);
  };
  const leave = (group: number): void => {
    groups.delete(group);
    tell(`- ${group}\n`);
  };
  return {
    async start({ command, args, env, cwd }) {
      watchdog ??= watch();
      const child = spawn(command, args, {
        env,
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
        ...(cwd === undefined ? {} : { cwd }),
      });
      // At once: were this process killed now, nobody else would know of that one.
      if (child.pid !== undefined) enter(child.pid);
      const spawned = once(child, "spawn");
      starting.add(spawned);
      try {
        await spawned;
      } finally {
        starting.delete(spawned);
      }
      const { pid = 0 } = child;
      const kill = (): void => {
        signalGroup(pid);
      };
      const exited = new Promise<Exit>((resolve) => {
        child.once("exit", (code, signal) => {
          // As when a container's first process ends: the others go with it.
          kill();
          leave(pid);
          live.delete(process);
          resolve(signal === null ? { exitCode: code ?? 0 } : exitBy(signal));
        });
      });
      const { stdout, stderr } = child;
      const process: Process = { pid, stdout, stderr, exited, kill, terminate: () => void child.kill("SIGTERM") };
      live.add(process);
      if (closed) kill();
      return process;
    },
    async close() {
      closed = true;
      await Promise.allSettled(starting);
      // A process that has just been spawned is entered in the turn after.
      await Promise.resolve();
      const ends = [...live].map((process) => {
        process.kill();
        return process.exited;
      });
      await Promise.all(ends);
      if (watchdog === undefined) return;
      const gone = once(watchdog, "exit");
      watchdog.stdin?.end();
      await gone;
    },
  };
}

function startWatchdog(): ChildProcess {
  // Detached, so that an interrupt from the terminal does not reach it before us.
  const watchdog = spawn("/bin/sh", ["-c", watchdogScript], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  // What is written to one that has just died is of no use to anyone.
  watchdog.stdin.on("error", () => undefined);
  return watchdog;
}

function signalGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // Nobody is left; some systems say "not permitted" of a group of which only the dead remain.
    if (!["ESRCH", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

function exitBy(name: NodeJS.Signals): Exit {
  const signal = constants.signals[name];
  return { exitCode: 128 + signal, signal };
}
