/** Runs the command of its arguments in a namespace of its own. */
import { runInOwnNetwork } from "../../src/kubernetes/network.ts";

process.exitCode = await runInOwnNetwork(process.argv.slice(2));
