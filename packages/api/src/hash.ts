/**
 * 64 bits that depend on every character of the text, as 16 hexadecimal digits.
 *
 * The same in every process and release, so names and marks may be made from it; good against accidents, not against an attacker.
 */
export function hash(text: string): string {
  // Two lanes that mix differently: one multiplies after each character, the other also rotates.
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b);
    b = (b << 13) | (b >>> 19);
  }
  return hex(spread(a ^ text.length)) + hex(spread(b ^ a));
}

/** Lets every bit of the input reach every bit of the output. */
function spread(bits: number): number {
  let h = bits;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

function hex(bits: number): string {
  return bits.toString(16).padStart(8, "0");
}
