import "./matching.ts";
import "./filters.ts";
import "./backends.ts";
import "./streaming.ts";
import "./protocols.ts";
import { inProcess } from "./in-process-rig.ts";
import { proxySuite } from "./suite.ts";

proxySuite(inProcess);
