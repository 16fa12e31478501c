import { OpError } from "@headgate/api";

/** How somebody proves who they are, as a kubeconfig says it, where it is good for any server that asks the same cluster. */
export type KubeconfigUser = { readonly token: string } | { readonly exec: Readonly<Record<string, unknown>> };

/**
 * The user of a kubeconfig's context: `path`, or the files of KUBECONFIG, or `~/.kube/config`. Undefined for one that has neither a token
 * nor an exec plugin. Throws OpError INVALID when the file or its context can't be used.
 */
export async function kubeconfigUser(
  options: { readonly path?: string; readonly context?: string } = {},
): Promise<KubeconfigUser | undefined> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  try {
    if (options.path === undefined) config.loadFromDefault();
    else config.loadFromFile(options.path);
  } catch (cause) {
    throw new OpError("INVALID", `kubeconfig ${options.path ?? "(default)"}: ${String(cause)}`, { cause });
  }
  if (options.context !== undefined) config.setCurrentContext(options.context);
  const user = config.getCurrentUser();
  const exec: unknown = user?.exec;
  if (typeof exec === "object" && exec !== null) return { exec: exec as Readonly<Record<string, unknown>> };
  return user?.token ? { token: user.token } : undefined;
}
