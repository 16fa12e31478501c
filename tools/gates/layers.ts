import { checkLayers, layerComplaints } from "../layers.ts";
import { root } from "../root.ts";
import { singleCheck } from "./gate.ts";
import type { Gate } from "./gate.ts";

export const layersGate: Gate = {
  name: "layers",
  run: async () => singleCheck(layerComplaints(await checkLayers(root))),
};
