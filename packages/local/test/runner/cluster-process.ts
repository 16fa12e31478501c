/** A cluster with one pod that connects to a port of the test and stays: a program to be killed. */
import { connectApi } from "../../src/client/api.ts";
import { resources } from "../../src/client/resource.ts";
import { startLocalCluster } from "../../src/index.ts";
import { scriptImages, scriptPod } from "./objects.ts";

const port = Number(process.argv[2]);
const cluster = await startLocalCluster({ runner: { images: scriptImages } });
const api = connectApi(cluster.access);
await api.create(
  resources.pods,
  "default",
  scriptPod(
    "orphan",
    `require("net").connect(${port},"127.0.0.1"); process.on("SIGTERM",()=>{}); setInterval(()=>{},1e6)`,
  ),
);
