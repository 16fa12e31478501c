import { ServerInterceptingCall, status } from "@grpc/grpc-js";
import type { ServerInterceptor } from "@grpc/grpc-js";
import { isActiveEndpoint, notActive } from "./guard.ts";
import type { GuardOptions } from "./guard.ts";

/**
 * Which endpoint a method belongs to. A key is a service (`payments.PaymentService`) or one method of it
 * (`payments.PaymentService/ProcessPayment`), which counts first; the value is the endpoint's id. What is not named, such as
 * `grpc.health.v1.Health`, is served by every pod.
 */
export type GrpcEndpoints = Readonly<Record<string, string>>;

/** A server interceptor for grpc-js, for calls of every kind: UNAVAILABLE where the method belongs to another endpoint than this process serves. */
export function guardGrpc(endpoints: GrpcEndpoints, options?: Pick<GuardOptions, "failClosed">): ServerInterceptor {
  const known = new Map(Object.entries(endpoints));
  return ({ path }, call) => {
    const method = path.replace(/^\//, "");
    const endpointId = known.get(method) ?? known.get(method.replace(/\/.*$/, ""));
    if (endpointId === undefined || isActiveEndpoint(endpointId, options)) return new ServerInterceptingCall(call);
    return new ServerInterceptingCall(call, {
      start: () => {
        call.sendStatus({ code: status.UNAVAILABLE, details: notActive });
      },
    });
  };
}
