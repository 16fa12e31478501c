import type { ListenAddress } from "./listen-address.ts";
import { httpServer, type HttpRunner } from "./http-server.ts";

/** Named conditions for readiness; each answers whether it holds now. */
export type ReadyChecks = Readonly<Record<string, () => boolean>>;

/**
 * `/healthz` answers 200 while the process serves; `/readyz` answers 200 once every check holds, else 503 with a line for each check,
 * in the words of Kubernetes's own health endpoints (`[+]name ok`, `[-]name failed`).
 */
export function probes(address: ListenAddress, ready: ReadyChecks): HttpRunner {
  return httpServer("probes", address, (request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0];
    if (path === "/healthz") {
      response.writeHead(200, { "content-type": "text/plain" }).end("ok\n");
    } else if (path === "/readyz") {
      const results = Object.entries(ready).map(([name, holds]) => ({ name, ok: holds() }));
      const ok = results.every((result) => result.ok);
      const lines = results.map((result) => (result.ok ? `[+]${result.name} ok` : `[-]${result.name} failed`));
      response.writeHead(ok ? 200 : 503, { "content-type": "text/plain" });
      response.end(`${[...lines, ok ? "readyz check passed" : "readyz check failed"].join("\n")}\n`);
    } else {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found; try /healthz or /readyz\n");
    }
  });
}
