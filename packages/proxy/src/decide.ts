import type { Backend, Rule } from "@headgate/views/route-table";
import { edited, endToEnd, forwarded } from "./header-list.ts";
import type { Forwarded, HeaderList } from "./header-list.ts";
import type { Reason } from "./answers.ts";
import { editedPath, redirectLocation, splitTarget } from "./edit-target.ts";
import type { Inbound } from "./inbound.ts";
import type { Matcher } from "./match.ts";
import { pickBackend } from "./pick.ts";
import type { Random } from "./pick.ts";
import { addressOf } from "./request-rules.ts";
import type { HeadLimits } from "./request-rules.ts";

/** What becomes of a request, before any backend was asked. */
export type Decision =
  | { readonly do: "refuse"; readonly reason: Reason }
  | { readonly do: "redirect"; readonly status: number; readonly headers: HeaderList }
  | { readonly do: "forward"; readonly rule: Rule; readonly backend: Backend; readonly request: Rewritten };

/** The request as the backend is to see it. */
export interface Rewritten {
  readonly authority: string;
  readonly target: string;
  readonly headers: HeaderList;
}

export interface Rules {
  readonly matcher: Matcher;
  /** Key of the socket by which the request came. */
  readonly socket: string;
  /** The listener's, as the Gateway says: what is mapped to it is nothing that a client sees. */
  readonly port: number;
  readonly limits: HeadLimits;
  readonly forwarded: Forwarded;
  readonly random: Random;
}

/** Matches, picks a backend by weight, and applies the rule's filters. */
export function decide(request: Inbound, rules: Rules): Decision {
  const refuse = (reason: Reason): Decision => ({ do: "refuse", reason });
  const address = addressOf(request, rules.limits);
  if (typeof address === "string") return refuse(address);
  const { path, query } = splitTarget(address.target);
  let parameters: URLSearchParams | undefined;
  const found = rules.matcher.find(rules.socket, {
    host: address.host,
    path,
    method: request.method,
    header: request.header,
    query: (name) => (parameters ??= new URLSearchParams(query)).get(name) ?? undefined,
  });
  const rule = found?.route.rules[found.rule];
  if (found === undefined || rule === undefined) return refuse("no-route");
  if (rule.refused !== undefined) return refuse("rule-refused");
  const matched = found.match.path;
  if (rule.redirect !== undefined) {
    const from = { scheme: "http", hostname: address.host, port: rules.port, path, query, matched };
    const location = redirectLocation(rule.redirect, from);
    return {
      do: "redirect",
      status: rule.redirect.status,
      headers: edited([["Location", location]], rule.responseHeaders),
    };
  }
  const backend = pickBackend(rule.backends, rules.random);
  if (backend === undefined) return refuse("no-backend");
  if (backend.refused !== undefined) return refuse("backend-refused");

  const origin = { address: request.clientAddress, scheme: "http", authority: address.authority };
  const headers = forwarded(ownFieldsOut(endToEnd(request.headers)), rules.forwarded, origin);
  const target = editedPath(path, rule.rewrite?.path, matched) + query;
  const hostEdit = [...(backend.requestHeaders?.set ?? []), ...(rule.requestHeaders?.set ?? [])].find(
    ({ name }) => name.toLowerCase() === "host",
  );
  const authority = rule.rewrite?.hostname ?? hostEdit?.value ?? address.authority;
  return {
    do: "forward",
    rule,
    backend,
    request: { authority, target, headers: edited(edited(headers, rule.requestHeaders), backend.requestHeaders) },
  };
}

/** Fields that are written anew for each hop. */
function ownFieldsOut(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => name.toLowerCase() !== "host");
}

/** The head of a backend's answer as the client is to see it. */
export function answerHeaders(headers: HeaderList, rule: Rule, backend: Backend): HeaderList {
  return edited(edited(endToEnd(headers), backend.responseHeaders), rule.responseHeaders);
}
