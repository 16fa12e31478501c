import { isIPv6 } from "node:net";

/** Addresses of one range, each given to one pod at a time. */
export interface AddressPool {
  /** The wanted address when it is in the range and free, else the next free one. Throws when none is left. */
  take(wanted?: string): string;
  give(address: string): void;
}

/** The first 256 addresses of a wide range are left to what else lives there. Freed addresses come round last. */
export function addressPool(cidr: string): AddressPool {
  const { first, size, v6 } = parseCidr(cidr);
  const reserved = size > 1024n ? 256n : 1n;
  const used = new Set<bigint>();
  let next = reserved;
  return {
    take(wanted) {
      const offset = wanted === undefined || isIPv6(wanted) !== v6 ? undefined : toNumber(wanted) - first;
      if (wanted !== undefined && offset !== undefined && offset > 0n && offset < size && !used.has(offset)) {
        used.add(offset);
        return wanted;
      }
      for (let tries = size; tries > 0n; tries -= 1n) {
        const candidate = next;
        next = next + 1n >= size ? reserved : next + 1n;
        const lastByte = candidate & 0xffn;
        if (used.has(candidate) || lastByte === 0n || lastByte === 0xffn) continue;
        used.add(candidate);
        return toText(first + candidate, v6);
      }
      throw new Error(`no address left in ${cidr}`);
    },
    give(address) {
      if (isIPv6(address) === v6) used.delete(toNumber(address) - first);
    },
  };
}

function parseCidr(cidr: string): { first: bigint; size: bigint; v6: boolean } {
  const [base = "", bits = ""] = cidr.split("/");
  const v6 = isIPv6(base);
  const width = v6 ? 128 : 32;
  const prefix = Number(bits);
  if (!/^\d+$/.test(bits) || prefix > width - 2) throw new Error(`"${cidr}" is not a range of addresses`);
  // More than anyone needs is as good as all.
  const size = 1n << BigInt(Math.min(width - prefix, 24));
  const start = toNumber(base);
  return { first: start - (start % (1n << BigInt(width - prefix))), size, v6 };
}

function toNumber(address: string): bigint {
  if (!isIPv6(address)) return address.split(".").reduce((total, part) => total * 256n + BigInt(part), 0n);
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].reduce((total, part) => total * 65536n + BigInt(`0x${part}`), 0n);
}

function toText(number: bigint, v6: boolean): string {
  const parts: string[] = [];
  const [count, width, radix] = v6 ? [8, 16n, 16] : [4, 8n, 10];
  for (let i = count - 1; i >= 0; i -= 1) {
    parts.push(((number >> (BigInt(i) * width)) & ((1n << width) - 1n)).toString(radix));
  }
  // The longest run of zeros is written short, so that the text is the canonical one.
  return v6 ? new URL(`http://[${parts.join(":")}]`).hostname.slice(1, -1) : parts.join(".");
}
