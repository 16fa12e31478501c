import { fromUtf8 } from "./utf8.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const digits = new Map(Array.from(alphabet, (digit, value) => [digit, value]));
const wellFormed = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The text that is encoded in base64; undefined when it is not base64 of a text. */
export function fromBase64(encoded: string): string | undefined {
  if (!wellFormed.test(encoded)) return undefined;
  const padding = encoded.endsWith("==") ? 2 : encoded.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((encoded.length / 4) * 3 - padding);
  let bits = 0;
  let held = 0;
  let end = 0;
  for (const digit of encoded) {
    const value = digits.get(digit);
    if (value === undefined) break;
    bits = ((bits << 6) | value) & 0xffffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[end++] = (bits >> held) & 0xff;
  }
  return fromUtf8(bytes);
}
