import { createHash } from "node:crypto";

import { OpError } from "@headgate/api";
import type { Client, Clock } from "@headgate/kube";

import { ApiFailure } from "./failure.ts";
import { shortCache } from "./short-cache.ts";
import type { Target } from "./target.ts";

/** Who sends a request, as the cluster says. */
export interface Caller {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Asks the cluster who somebody is, and what they may do. Whatever keeps it from answering is a failure of the request. */
export interface Gatekeeper {
  /** Throws 401 when the token is nobody's, 503 when the cluster can't be asked. */
  identify(token: string): Promise<Caller>;
  /** Throws 403 unless the cluster lets the caller do it, 503 when it can't be asked. */
  permit(caller: Caller, verb: string, target: Target): Promise<void>;
}

export interface GatekeeperOptions {
  /** Best one of its own: strangers decide how much it has to do. */
  readonly client: Client;
  readonly clock: Pick<Clock, "elapsed">;
  readonly onError: (error: OpError, fields: object, message: string) => void;
}

/** How long an answer of the cluster counts. */
const lifeMs = 10_000;
const most = 1_000;
const mostAsking = 64;

export const unauthorized = (message: string): ApiFailure => new ApiFailure(401, message);

export function gatekeeper({ client, clock, onError }: GatekeeperOptions): Gatekeeper {
  const callers = shortCache<Caller | undefined>({ clock, lifeMs, most, mostAsking });
  const permissions = shortCache<Decision>({ clock, lifeMs, most: 4 * most, mostAsking });

  const ask = async <S>(path: string, body: object, what: string): Promise<S | undefined> => {
    try {
      const { status } = (await client.request({ method: "POST", path, body })) as { readonly status?: S };
      return status;
    } catch (error) {
      if (!(error instanceof OpError)) throw error;
      onError(error, {}, `a request for views is refused: the cluster could not be asked ${what}`);
      throw new ApiFailure(
        503,
        `the API server could not be asked ${what} (${error.code}); until it can, views are shut`,
      );
    }
  };
  return {
    identify: async (token) => {
      const key = createHash("sha256").update(token).digest("base64");
      const caller = await callers.get(key, async () => {
        const review = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } };
        const status = await ask<TokenStatus>("/apis/authentication.k8s.io/v1/tokenreviews", review, "who sends it");
        const { username } = status?.user ?? {};
        return status?.authenticated === true && username ? { ...status.user, username } : undefined;
      });
      if (caller === undefined) throw unauthorized("the cluster does not know this bearer token");
      return caller;
    },
    permit: async ({ username, uid, groups, extra }, verb, target) => {
      const spec = { user: username, uid, groups, extra, ...attributesOf(verb, target) };
      const { allowed, reason } = await permissions.get(JSON.stringify(spec), async () => {
        const review = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec };
        const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        const status = await ask<AccessStatus>(path, review, "what the caller may do");
        return { allowed: status?.allowed === true && status.denied !== true, reason: status?.reason ?? "" };
      });
      if (!allowed) throw forbidden(username, { verb, target, reason });
    },
  };
}

interface TokenStatus {
  readonly authenticated?: boolean;
  readonly user?: Partial<Caller>;
}

interface AccessStatus {
  readonly allowed?: boolean;
  readonly denied?: boolean;
  readonly reason?: string;
}

interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

function attributesOf(verb: string, target: Target): object {
  if (target.is === "document") return { nonResourceAttributes: { verb, path: target.path } };
  const { group, version, resource, namespace, name } = target;
  return { resourceAttributes: { verb, group, version, resource, namespace, name } };
}

interface Refused {
  readonly verb: string;
  readonly target: Target;
  readonly reason: string;
}

/** In the words of the API server. */
function forbidden(user: string, { verb, target, reason }: Refused): ApiFailure {
  const why = reason === "" ? "" : `: ${reason}`;
  if (target.is === "document") {
    return new ApiFailure(
      403,
      `forbidden: User ${JSON.stringify(user)} cannot ${verb} path ${JSON.stringify(target.path)}${why}`,
    );
  }
  const { group, resource, namespace, name } = target;
  const what = `${resource}.${group}${name === undefined ? "" : ` ${JSON.stringify(name)}`}`;
  const where = namespace === undefined ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  const cannot = `cannot ${verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(group)} ${where}`;
  return new ApiFailure(403, `${what} is forbidden: User ${JSON.stringify(user)} ${cannot}${why}`);
}
