/** Rewrites golden files and generated reference pages; `npm run golden`, then read the diff. */
import { rewriteGolden } from "./gates/golden.ts";

const { status } = await rewriteGolden({ show: true });
process.exitCode = status;
