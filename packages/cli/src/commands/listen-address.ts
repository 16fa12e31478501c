import { parseListenAddress } from "@headgate/operator";
import type { ListenAddress } from "@headgate/operator";

import { UsageError } from "../usage-error.ts";

/** What a flag says of where to listen; undefined for nowhere. Throws a UsageError that names flag and value. */
export function listenAddress(flag: string, value: string): ListenAddress | undefined {
  try {
    return parseListenAddress(flag, value);
  } catch (error) {
    throw new UsageError(`error: ${error instanceof Error ? error.message : String(error)}`);
  }
}
