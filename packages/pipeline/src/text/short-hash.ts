import type { Json } from "@headgate/api";

import { canonical } from "./canonical.ts";
import { md5 } from "./md5.ts";
import { utf8 } from "./utf8.ts";

/**
 * Six characters that stand for a value: the first of the 25 base-36 digits of the MD5 of its canonical JSON text.
 *
 * Names of objects are made from it, so it is the same for ever. There are some 9e8 of them: among 36,000 values two that
 * share one are as likely as not.
 */
export function shortHash(value: Json): string {
  return BigInt(`0x${md5(utf8(canonical(value)))}`)
    .toString(36)
    .padStart(25, "0")
    .slice(0, 6);
}
