import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import { describe } from "vitest";
import { parseAllDocuments } from "yaml";
import { findHelm } from "../../tools/helm.ts";
import { root } from "../../tools/root.ts";

export const chartFolder = `${root}charts/headgate`;

const helm = findHelm();

/** A group of tests that need Helm; skipped, with the reason in its name, where there is none. */
export function chartSuite(name: string, tests: () => void): void {
  if (helm === undefined) describe.skip(`${name} (skipped: no Helm 3; \`node tools/helm.ts\` gets one)`, tests);
  else describe(name, tests);
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[];
  readonly rules?: readonly Rule[];
}

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

export interface Release {
  readonly name?: string;
  readonly namespace?: string;
  /** Files of values, later ones win. */
  readonly files?: readonly string[];
  /** Values as a user's own file would have them. */
  readonly values?: unknown;
}

export interface Ended {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

/** Away from any cluster and configuration of the user. */
const isolated = { PATH: process.env["PATH"], HOME: "/nonexistent", KUBECONFIG: "/nonexistent" };

/** Runs Helm to its end. */
export function runHelm(args: readonly string[], input = ""): Ended {
  if (helm === undefined) throw new Error("a test that needs Helm runs although there is none");
  const result = spawnSync(helm, args, { encoding: "utf8", input, env: isolated });
  if (result.error !== undefined) throw result.error;
  return { status: result.status ?? 1, output: result.stdout, errors: result.stderr };
}

/** Runs Helm against a cluster, which may be one in this very process. */
export async function runHelmOn(kubeconfig: string, args: readonly string[], input = ""): Promise<Ended> {
  if (helm === undefined) throw new Error("a test that needs Helm runs although there is none");
  const child = spawn(helm, args, { env: { ...isolated, HOME: dirname(kubeconfig), KUBECONFIG: kubeconfig } });
  let [output, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    output += part;
  });
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    errors += part;
  });
  child.stdin.on("error", () => undefined).end(input);
  const [status] = (await once(child, "close")) as [number | null];
  return { status: status ?? 1, output, errors };
}

/** The arguments that a release's values come to; the values themselves go to standard input. */
export function valueArguments({ files = [], values }: Release): readonly string[] {
  return [...files.flatMap((file) => ["-f", file]), ...(values === undefined ? [] : ["-f", "-"])];
}

/** What `helm template` says, whether it is manifests or an error. */
export function template(release: Release = {}): Ended {
  const { name = "rel", namespace = "test-ns", values } = release;
  const input = values === undefined ? "" : JSON.stringify(values);
  return runHelm(["template", name, chartFolder, "--namespace", namespace, ...valueArguments(release)], input);
}

/** The objects of a release. Throws what Helm says when it refuses. */
export function render(release: Release = {}): readonly Manifest[] {
  const { status, output, errors } = template(release);
  if (status !== 0) throw new Error(errors);
  return parseAllDocuments(output).map((document) => {
    if (document.errors.length > 0) throw document.errors[0] ?? new Error("unreadable");
    return document.toJS() as Manifest;
  });
}

/** The only object of a kind (and name). Throws when there is none, or more than one. */
export function one(objects: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = all(objects, kind).filter(({ metadata }) => name === undefined || metadata.name === name);
  const [only, ...others] = found;
  if (only === undefined || others.length > 0) throw new Error(`${String(found.length)} ${kind} ${name ?? ""}`);
  return only;
}

export function all(objects: readonly Manifest[], kind: string): readonly Manifest[] {
  return objects.filter((object) => object.kind === kind);
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: unknown;
  readonly resources?: unknown;
  readonly [field: string]: unknown;
}

export interface PodSpec {
  readonly serviceAccountName: string;
  readonly securityContext: unknown;
  readonly containers: readonly [Container];
  readonly [field: string]: unknown;
}

/** The pods of a Deployment. */
export function podsOf(deployment: Manifest): {
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
} {
  const { template: pods } = deployment.spec as {
    template: { metadata: { labels: Record<string, string> }; spec: PodSpec };
  };
  return { labels: pods.metadata.labels, spec: pods.spec };
}

/** The operator's container. */
export function operatorOf(release: Release = {}): Container {
  return podsOf(one(render(release), "Deployment", "rel-headgate")).spec.containers[0];
}
