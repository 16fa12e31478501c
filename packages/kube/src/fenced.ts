import type { Client } from "./client.ts";

/**
 * The same client, except that whatever may change something calls `check` at the last moment before it goes out, and rejects with
 * what that throws. A process that stood still meanwhile has at most one write on its way past the check.
 */
export function fenced(client: Client, check: () => void): Client {
  const checked = <O extends object>(options: O | undefined): O & { readonly beforeSend: () => void } => ({
    ...(options as O),
    beforeSend: check,
  });
  return {
    ...client,
    create: (object, options) => client.create(object, checked(options)),
    replace: (object, options) => client.replace(object, checked(options)),
    apply: (object, options) => client.apply(object, checked(options)),
    patch: (ref, patch, options) => client.patch(ref, patch, checked(options)),
    delete: (ref, options) => client.delete(ref, checked(options)),
    request: (request) => client.request(request.method === "GET" ? request : checked(request)),
  };
}
