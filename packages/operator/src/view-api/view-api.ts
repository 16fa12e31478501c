import { OpError } from "@headgate/api";
import { backoffDelay, pause, supervise, untilAborted } from "@headgate/kube";
import type { Client, Clock, Runner } from "@headgate/kube";

import type { ListenAddress } from "../listen-address.ts";
import { gatekeeper } from "./caller.ts";
import { certificateFrom, keptCertificate } from "./certificate.ts";
import { publish } from "./published.ts";
import type { OwnPod } from "./published.ts";
import type { Certificate } from "./self-signed.ts";
import { viewServer } from "./server.ts";
import type { Limits } from "./server.ts";
import type { ViewStore } from "./store.ts";

/** How views are served to clients of the Kubernetes API. */
export interface ViewsOptions {
  readonly address: ListenAddress;
  /** Asks the cluster who calls and what they may do. Best one of its own: strangers decide how much it has to do. */
  readonly reviewer: Client;
  /** Of the ConfigMap, the Secret and the EndpointSlice in which it says where it is, and keeps its certificate. */
  readonly namespace: string;
  readonly name: string;
  /** The URL at which clients reach it; default: this machine, at the port that is bound. */
  readonly server?: string | undefined;
  /** Holds `tls.crt`, `tls.key` and maybe `ca.crt`, which are read again now and then. Undefined: a certificate of its own. */
  readonly certificateFolder?: string | undefined;
  /** Undefined: no EndpointSlice. */
  readonly pod?: OwnPod | undefined;
  readonly limits?: Limits;
}

export interface ViewApiParts {
  /** Whatever it writes may be fenced. */
  readonly client: Client;
  readonly clock: Clock;
  readonly store: ViewStore;
  readonly waiting: (controller: string) => readonly string[];
  readonly onListening: (port: number) => void;
  readonly onError: (error: OpError, fields: object, message: string) => void;
  readonly onBug: (cause: unknown) => void;
  readonly warn: (fields: object, message: string) => void;
}

const manager = "headgate/views";
const backoff = { first: 500, most: 30_000 };
const rereadMs = 60_000;

/** Serves the views of a store until the signal aborts, and says where. */
export function viewApi(options: ViewsOptions, parts: ViewApiParts): Runner {
  const { address, namespace, name, certificateFolder: folder } = options;
  const { client, clock } = parts;
  const host = address.host ?? "127.0.0.1";
  const names = [...new Set(["localhost", "127.0.0.1", "::1", hostOf(options.server) ?? host])];

  /** Until it is done or the signal aborts; undefined then. */
  const insist = async <T>(work: () => Promise<T>, what: string, signal: AbortSignal): Promise<T | undefined> => {
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof OpError)) throw error;
        parts.onError(error, { namespace, name }, `${what}, trying again`);
        await pause(
          clock,
          backoffDelay(backoff, failures, () => clock.random()),
          signal,
        );
      }
    }
    return undefined;
  };
  const certify = (signal: AbortSignal): Promise<Certificate | undefined> =>
    folder === undefined
      ? insist(
          () => keptCertificate({ client, namespace, name, names, now: clock.now(), manager }),
          "the certificate of the views could not be had",
          signal,
        )
      : certificateFrom(folder);
  const publishing = (certificate: Certificate, port: Promise<number>): Runner => ({
    name: "views published",
    run: async (signal) => {
      const bound = await Promise.race([port, untilAborted(signal)]);
      if (bound === undefined) return;
      const server = options.server ?? `https://${host.includes(":") ? `[${host}]` : host}:${String(bound)}`;
      const told = { namespace, name, server, ca: certificate.ca, port: bound, pod: options.pod };
      await insist(() => publish(client, manager, told), "where views are could not be published", signal);
      await untilAborted(signal);
    },
  });
  return {
    name: "view API",
    run: async (signal) => {
      const certificate = await certify(signal);
      if (certificate === undefined) return;
      const port = Promise.withResolvers<number>();
      const server = viewServer({
        address,
        certificate,
        reread: folder === undefined ? undefined : { everyMs: rereadMs, read: () => certificateFrom(folder) },
        clock,
        store: parts.store,
        waiting: parts.waiting,
        gatekeeper: gatekeeper({ client: options.reviewer, clock, onError: parts.onError }),
        ...(options.limits && { limits: options.limits }),
        onListening: (bound) => {
          port.resolve(bound);
          parts.onListening(bound);
        },
        onBug: parts.onBug,
        warn: parts.warn,
      });
      await supervise([server, publishing(certificate, port.promise)], signal);
    },
  };
}

function hostOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : new URL(url).hostname.replace(/^\[|\]$/g, "");
}
