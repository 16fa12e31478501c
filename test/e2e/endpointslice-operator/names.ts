import { createHash } from "node:crypto";

/** What stands in the spec of an object for one address of one port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly protocol: string;
  readonly serviceName: string;
  readonly targetPort: number;
  readonly type: string;
}

/** The spec as JSON with its fields in order; its MD5 as a number in base 36, 25 digits; the first six of them. */
export function nameOf({ address, port, protocol, serviceName, targetPort, type }: Endpoint): string {
  const text = JSON.stringify({ address, port, protocol, serviceName, targetPort, type });
  const digest = BigInt(`0x${createHash("md5").update(text).digest("hex")}`);
  return `${serviceName}-${digest.toString(36).padStart(25, "0").slice(0, 6)}`;
}
