import type { IncomingMessage, ServerResponse } from "node:http";
import type { Chance } from "./chance.ts";
import { draw, pick } from "./chance.ts";

/** What can befall an event of a watch, or the watch because of it. */
export type StreamFault =
  | "repeated"
  | "earlier event repeated"
  | "swapped with the next of another object"
  | "lost"
  | "closed"
  | "reset"
  | "cut in the middle"
  | "silent for ever"
  | "garbled"
  | "410 event"
  | "500 event";

interface Stream {
  readonly answer: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly random: Chance;
  readonly rates: () => Readonly<Partial<Record<StreamFault, number>>>;
  readonly isDead: () => boolean;
  readonly count: (fault: StreamFault) => void;
}

interface Line {
  readonly bytes: Buffer;
  readonly type: string;
  readonly object: string;
}

/** An event that was held back is sent on after this long when no other comes to overtake it. */
const holdMs = 20;

/**
 * Passes a watch on, event by event, with faults. Those that an API server may show of itself lose nothing: an event that was
 * swapped is on its way before anything ends the stream, and bookmarks never overtake events.
 */
export function passStream({ answer, outgoing, random, rates, isDead, count }: Stream): void {
  let rest = Buffer.alloc(0);
  let held: Line | undefined;
  let holding: NodeJS.Timeout | undefined;
  let silent = false;
  let hasSwapped = false;
  const earlier: Line[] = [];

  const write = (bytes: Buffer): void => {
    if (silent || isDead() || outgoing.destroyed) return;
    // Split anywhere, also within a character.
    const cut = Math.floor(random() * bytes.length);
    outgoing.write(bytes.subarray(0, cut));
    outgoing.write(bytes.subarray(cut));
  };
  const release = (): void => {
    clearTimeout(holding);
    if (held !== undefined) write(held.bytes);
    held = undefined;
  };
  const end = (how: "closed" | "reset" | "cut in the middle", line: Line): void => {
    release();
    if (how === "cut in the middle") outgoing.write(line.bytes.subarray(0, Math.ceil(line.bytes.length / 2)));
    silent = true;
    // A reset may discard what the other side has not read yet, and with it one half of a swap.
    const abrupt = how === "reset" && !hasSwapped;
    outgoing.write("", () => {
      if (how === "closed") outgoing.end();
      else if (abrupt) outgoing.socket?.resetAndDestroy();
      else outgoing.destroy();
    });
  };
  const pass = (line: Line): void => {
    const before = held;
    if (before !== undefined && before.object !== line.object && line.type !== "BOOKMARK") {
      held = undefined;
      clearTimeout(holding);
      write(Buffer.concat([line.bytes, before.bytes]));
      return;
    }
    release();
    write(line.bytes);
  };
  const take = (line: Line): void => {
    const fault = draw(rates(), random);
    if (fault !== undefined) count(fault);
    switch (fault) {
      case undefined:
        pass(line);
        break;
      case "repeated":
        pass(line);
        write(line.bytes);
        break;
      case "earlier event repeated":
        pass(line);
        if (earlier.length > 0) write(pick(earlier, random).bytes);
        break;
      case "swapped with the next of another object":
        if (held !== undefined || line.type === "BOOKMARK") pass(line);
        else {
          held = line;
          hasSwapped = true;
          holding = setTimeout(release, holdMs);
        }
        break;
      case "lost":
        if (line.type === "BOOKMARK") pass(line);
        break;
      case "closed":
      case "reset":
      case "cut in the middle":
        end(fault, line);
        break;
      case "silent for ever":
        release();
        silent = true;
        break;
      case "garbled":
        release();
        write(Buffer.from("{]\n"));
        break;
      case "410 event":
      case "500 event":
        release();
        write(errorEvent(fault === "410 event" ? 410 : 500));
        break;
    }
    if (line.type !== "BOOKMARK") earlier.push(line);
  };

  answer.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      take(parse(rest.subarray(0, end + 1)));
      rest = rest.subarray(end + 1);
    }
  });
  answer.on("end", () => {
    release();
    if (!silent && !isDead()) outgoing.end();
  });
  answer.on("close", () => {
    clearTimeout(holding);
    if (!silent && !isDead() && !outgoing.writableEnded) outgoing.destroy();
  });
}

function parse(bytes: Buffer): Line {
  const { type, object } = JSON.parse(bytes.toString("utf8")) as {
    type: string;
    object: { metadata: { name?: string } };
  };
  return { bytes: Buffer.from(bytes), type, object: object.metadata.name ?? "" };
}

function errorEvent(code: number): Buffer {
  const reason = code === 410 ? "Expired" : "InternalError";
  const object = { apiVersion: "v1", kind: "Status", status: "Failure", code, reason, message: "by the fault proxy" };
  return Buffer.from(`${JSON.stringify({ type: "ERROR", object })}\n`);
}
