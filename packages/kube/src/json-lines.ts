import { OpError } from "@headgate/api";

/** Takes bytes as they come, in chunks split anywhere, and gives the JSON value of each complete line. */
export interface LineDecoder {
  /** Throws OpError PROTOCOL for a line that is not JSON or is too long; the values before it have been given. */
  push(chunk: Uint8Array): Generator<unknown, void>;
  /** How many bytes wait for the end of their line. */
  readonly held: number;
}

const newline = 0x0a;

/**
 * A decoder of JSON lines. It holds the bytes of one unfinished line at most, and decodes a line only when it is whole,
 * so a character that was split between chunks is never torn. Empty lines are skipped.
 */
export function lineDecoder(maxLineBytes: number): LineDecoder {
  let pieces: Uint8Array[] = [];
  let held = 0;
  const hold = (piece: Uint8Array): void => {
    held += piece.length;
    if (held > maxLineBytes) throw new OpError("PROTOCOL", `a line of more than ${maxLineBytes} bytes`);
    if (piece.length > 0) pieces.push(piece);
  };
  return {
    *push(chunk) {
      let from = 0;
      for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
        hold(chunk.subarray(from, end));
        from = end + 1;
        const text = Buffer.concat(pieces).toString("utf8");
        pieces = [];
        held = 0;
        if (text.trim() !== "") yield parseLine(text);
      }
      hold(chunk.subarray(from));
    },
    get held() {
      return held;
    },
  };
}

function parseLine(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new OpError("PROTOCOL", `a line that is not JSON: ${text.slice(0, 80)}`, { cause });
  }
}
