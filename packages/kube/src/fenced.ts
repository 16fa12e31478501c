import type { Client } from "./client.ts";

/** The same client, except that whatever may change something calls `check` first, and rejects with what that throws. */
export function fenced(client: Client, check: () => void): Client {
  const checked = async <T>(call: () => Promise<T>): Promise<T> => {
    check();
    return call();
  };
  return {
    ...client,
    create: (object, options) => checked(() => client.create(object, options)),
    replace: (object, options) => checked(() => client.replace(object, options)),
    apply: (object, options) => checked(() => client.apply(object, options)),
    patch: (ref, patch, options) => checked(() => client.patch(ref, patch, options)),
    delete: (ref, options) => checked(() => client.delete(ref, options)),
    request: (request) => (request.method === "GET" ? client.request(request) : checked(() => client.request(request))),
  };
}
