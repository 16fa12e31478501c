import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import type { KubeObject } from "@headgate/api";
import type { Client } from "@headgate/kube";
import { parse } from "yaml";
import { fences } from "../../../tools/docs/markdown.ts";
import { root } from "../../../tools/root.ts";

const example = `${root}examples/endpointslice-operator/`;

/** Does what the walkthrough says. */
export interface Hands {
  deploy(): Promise<unknown>;
  expose(): Promise<unknown>;
  scale(): Promise<unknown>;
  unexpose(): Promise<unknown>;
  cleanUp(): Promise<unknown>;
}

/** Runs the commands of the README as they stand there. */
export function kubectlHands(kubeconfig: string): Hands {
  const lines = fences(readFileSync(`${example}README.md`, "utf8"))
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.split("\n"));
  const run = async (begin: string): Promise<unknown> => {
    const [line, ...more] = lines.filter((one) => one.startsWith(begin));
    if (line === undefined || more.length > 0) throw new Error(`the README should say once: ${begin}`);
    return promisify(execFile)("sh", ["-c", line], { cwd: root, env: { ...process.env, KUBECONFIG: kubeconfig } });
  };
  return {
    deploy: () => run("kubectl create deployment"),
    expose: () => run("kubectl apply"),
    scale: () => run("kubectl scale"),
    unexpose: () => run("kubectl delete service"),
    cleanUp: () => run("kubectl delete deployment"),
  };
}

/** The same by the API. */
export function clientHands(client: Client, namespace: string): Hands {
  const labels = { app: "testdep" };
  const containers = [{ name: "pause", image: "registry.k8s.io/pause:3.9" }];
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", name: "testdep", namespace };
  return {
    deploy: () =>
      client.create({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "testdep", namespace },
        spec: {
          replicas: 2,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers } },
        },
      }),
    expose: () => {
      const service = parse(readFileSync(`${example}service.yaml`, "utf8")) as KubeObject;
      return client.create({ ...service, metadata: { ...service.metadata, namespace } });
    },
    scale: () => client.patch(deployment, { spec: { replicas: 3 } }, { type: "merge", subresource: "scale" }),
    unexpose: () => client.delete({ apiVersion: "v1", kind: "Service", name: "testsvc", namespace }),
    cleanUp: () => client.delete(deployment),
  };
}
