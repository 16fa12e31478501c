import type { Condition } from "../conditions/index.ts";
import type { GatewayState, JudgedListener } from "./listeners.ts";
import type { Binding } from "./types.ts";

/** All that the status of one listener depends on. */
export interface Report {
  readonly gateway: string;
  readonly place: number;
  readonly listener: JudgedListener;
  readonly attached: number;
  readonly binding: Binding | undefined;
}

/** Whether requests can reach the listener now. */
export function isProgrammed({ listener, binding }: Report): boolean {
  return listener.refused === undefined && binding?.bound === true;
}

function condition(type: string, status: boolean, reason: string, message: string): Condition {
  return { type, status: status ? "True" : "False", reason, message };
}

export function gatewayConditions(state: GatewayState, reports: readonly Report[]): readonly Condition[] {
  const refused = reports.filter((r) => r.listener.refused !== undefined).map((r) => r.listener.name);
  const accepted = state.addressProblem === undefined && refused.length < reports.length;
  const waiting = reports
    .filter((r) => r.listener.refused === undefined && !isProgrammed(r))
    .map((r) => r.listener.name);
  const reason =
    state.addressProblem !== undefined ? "UnsupportedAddress" : refused.length > 0 ? "ListenersNotValid" : "Accepted";
  const message =
    state.addressProblem ??
    (refused.length > 0 ? `Not valid: listener ${refused.join(", ")}.` : "The Gateway is accepted.");
  return [
    condition("Accepted", accepted, reason, message),
    !accepted
      ? condition("Programmed", false, "Invalid", "The Gateway is not accepted.")
      : waiting.length === 0
        ? condition("Programmed", true, "Programmed", "Every valid listener is served.")
        : condition(
            "Programmed",
            reports.some(isProgrammed),
            reports.some(isProgrammed) ? "Programmed" : "Pending",
            `Not served: listener ${waiting.join(", ")}.`,
          ),
  ];
}

export function listenerConditions({ listener, binding }: Report): readonly Condition[] {
  const { refused, strangeKinds } = listener;
  const conflict =
    refused?.reason === "HostnameConflict" || refused?.reason === "ProtocolConflict" ? refused : undefined;
  return [
    condition(
      "Accepted",
      refused === undefined,
      refused?.reason ?? "Accepted",
      refused?.message ?? "The listener is accepted.",
    ),
    condition(
      "Conflicted",
      conflict !== undefined,
      conflict?.reason ?? "NoConflicts",
      conflict?.message ?? "No other listener wants the same.",
    ),
    strangeKinds.length === 0
      ? condition("ResolvedRefs", true, "ResolvedRefs", "All references are resolved.")
      : condition(
          "ResolvedRefs",
          false,
          "InvalidRouteKinds",
          `Not supported: ${strangeKinds.join(", ")}; use HTTPRoute or GRPCRoute.`,
        ),
    refused !== undefined
      ? condition("Programmed", false, "Invalid", refused.message)
      : condition(
          "Programmed",
          binding?.bound === true,
          binding === undefined ? "Pending" : binding.bound ? "Programmed" : "PortUnavailable",
          binding?.message ?? "Waiting for the data plane to listen.",
        ),
  ];
}
