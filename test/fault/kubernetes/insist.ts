import { OpError } from "@headgate/api";
import type { ErrorCode } from "@headgate/api";
import { pause, systemClock } from "@headgate/kube";

/** What an API server in trouble says, or a network in its stead. */
const trouble = new Set<ErrorCode>([
  "UNREACHABLE",
  "TIMEOUT",
  "SERVER_ERROR",
  "THROTTLED",
  "FORBIDDEN",
  "UNAUTHORIZED",
]);

const withinMs = 180_000;

/** Makes a call until it gets through to a sound API server; throws what that says. */
export async function insist<T>(call: () => Promise<T>): Promise<T> {
  const deadline = systemClock.elapsed() + withinMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof OpError) || !trouble.has(error.code) || systemClock.elapsed() > deadline) throw error;
      await pause(systemClock, 50, new AbortController().signal);
    }
  }
}

/** What a call gives, or undefined for one of these codes. */
export async function unless<T>(codes: readonly ErrorCode[], call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await insist(call);
  } catch (error) {
    if (error instanceof OpError && codes.includes(error.code)) return undefined;
    throw error;
  }
}
