/** Type-checks everything; `npm run types`. */
import { typesGate } from "./gates/types.ts";

const { failed, details } = await typesGate.run();
if (details !== "") console.error(details);
process.exitCode = failed === 0 ? 0 : 1;
