/** The few forms of DER (X.690) that a certificate is made of. */

type Bytes = Uint8Array;

function tagged(tag: number, ...parts: readonly Bytes[]): Buffer {
  const body = Buffer.concat(parts);
  const digits = Buffer.from(body.length.toString(16).padStart(body.length > 0xff ? 4 : 2, "0"), "hex");
  const length = body.length < 0x80 ? [body.length] : [0x80 | digits.length, ...digits];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

export const sequence = (...parts: readonly Bytes[]): Buffer => tagged(0x30, ...parts);
export const set = (...parts: readonly Bytes[]): Buffer => tagged(0x31, ...parts);
export const octets = (bytes: Bytes): Buffer => tagged(0x04, bytes);
export const text = (value: string): Buffer => tagged(0x0c, Buffer.from(value));
export const truth = (value: boolean): Buffer => tagged(0x01, Buffer.from([value ? 0xff : 0]));

/** A part of which `unused` bits at the end don't count. */
export const bits = (bytes: Bytes, unused = 0): Buffer => tagged(0x03, Buffer.from([unused]), bytes);

/** `[n]`, around another value. */
export const explicit = (number: number, value: Bytes): Buffer => tagged(0xa0 | number, value);

/** `[n]`, in place of the tag of a simple value. */
export const implicit = (number: number, bytes: Bytes): Buffer => tagged(0x80 | number, bytes);

/** A whole number that is not negative, by its bytes. */
export function integer(bytes: Bytes): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const significant = first < 0 ? Buffer.from([0]) : Buffer.from(bytes.subarray(first));
  const sign = (significant[0] ?? 0) >= 0x80 ? [Buffer.from([0])] : [];
  return tagged(0x02, ...sign, significant);
}

/** A moment, to the second; years from 2050 on are written with four digits. */
export function time(date: Date): Buffer {
  const long = date.toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return date.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(long.slice(2))) : tagged(0x18, Buffer.from(long));
}

/** An object identifier: `1.2.840.10045.4.3.2`. */
export function oid(name: string): Buffer {
  const [first = 0, second = 0, ...rest] = name.split(".").map(Number);
  const base128 = (value: number): number[] => {
    const digits = [value & 0x7f];
    for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
    return digits;
  };
  return tagged(0x06, Buffer.from([40 * first + second, ...rest.flatMap(base128)]));
}
