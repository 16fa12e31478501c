/** Runs before each test file: a seed from the environment holds for every property, however it is written. */
const { HEADGATE_SEED, HEADGATE_PATH } = process.env;

if (HEADGATE_SEED !== undefined) {
  const { configureGlobal } = await import("fast-check");
  configureGlobal({
    seed: Number(HEADGATE_SEED),
    ...(HEADGATE_PATH === undefined ? {} : { path: HEADGATE_PATH }),
  });
}
