/** Objects that tests create. */

export function podObject(name: string, spec: object, metadata: object = {}): object {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default", ...metadata }, spec };
}

/** A pod of one container that runs a Node program on this machine; wants the rule of {@link scriptImages}. */
export function scriptPod(
  name: string,
  script: string,
  more: { container?: object; spec?: object; metadata?: object } = {},
): object {
  const container = { name: "main", image: "script", args: [script], ...more.container };
  return podObject(name, { containers: [container], terminationGracePeriodSeconds: 2, ...more.spec }, more.metadata);
}

export const scriptImages = { script: { command: [process.execPath, "-e"] } };

export function deploymentObject(name: string, spec: object, template: object = {}): object {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default" },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "main", image: "one" }], ...template } },
      ...spec,
    },
  };
}
