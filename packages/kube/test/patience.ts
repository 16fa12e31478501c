/** Long enough for a machine that is busy with something else; nothing waits for it to pass. */
export const patience = { timeout: 20_000, interval: 5 };
