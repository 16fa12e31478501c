/** Whether the signal has aborted by now. A function, because the compiler believes that a property stays as it was read. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Resolves once the signal has aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener(
      "abort",
      () => {
        resolve();
      },
      { once: true },
    );
  });
}
