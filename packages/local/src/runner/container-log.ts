import type { Readable } from "node:stream";

export interface LogLine {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Without the line end. */
  readonly text: string;
}

/** What a container has written, the newest part of it. */
export interface ContainerLog {
  lines(): readonly LogLine[];
  /** Called for each later line; with undefined when there will be no more. Returns how to stop. */
  follow(listener: (line: LogLine | undefined) => void): () => void;
  /** Reads a stream of the process to its end. */
  capture(stream: Readable): void;
  /** The process has ended: there are no more lines when the streams have ended too, which may come later. */
  end(): void;
}

const keptBytes = 1 << 20;

export function containerLog(now: () => number): ContainerLog {
  let kept: LogLine[] = [];
  let bytes = 0;
  let open = 0;
  let exited = false;
  let ended = false;
  const listeners = new Set<(line: LogLine | undefined) => void>();
  const endWithStreams = (): void => {
    if (ended || !exited || open > 0) return;
    ended = true;
    for (const listener of listeners) listener(undefined);
    listeners.clear();
  };
  const append = (text: string): void => {
    const line = { at: now(), text };
    kept.push(line);
    bytes += text.length + 1;
    if (bytes > keptBytes) {
      // Half goes at once, so that a busy log does not move its array at every line.
      kept = kept.slice(Math.ceil(kept.length / 2));
      bytes = kept.reduce((total, { text: { length } }) => total + length + 1, 0);
    }
    for (const listener of listeners) listener(line);
  };
  return {
    lines: () => kept,
    follow(listener) {
      if (ended) listener(undefined);
      else listeners.add(listener);
      return () => listeners.delete(listener);
    },
    capture(stream) {
      let rest = "";
      open += 1;
      stream.setEncoding("utf8");
      stream.on("data", (chunk: string) => {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) append(line);
      });
      stream.on("close", () => {
        if (rest !== "") append(rest);
        rest = "";
        open -= 1;
        endWithStreams();
      });
    },
    end() {
      exited = true;
      endWithStreams();
    },
  };
}
