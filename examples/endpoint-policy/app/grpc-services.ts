/** The shop's gRPC services. Messages are JSON, so that the example needs no generated code. */
import type { ServiceDefinition } from "@grpc/grpc-js";

const json = {
  requestStream: false,
  responseStream: false,
  requestSerialize: (message: object) => Buffer.from(JSON.stringify(message)),
  requestDeserialize: (bytes: Buffer) => JSON.parse(bytes.toString()) as object,
  responseSerialize: (message: object) => Buffer.from(JSON.stringify(message)),
  responseDeserialize: (bytes: Buffer) => JSON.parse(bytes.toString()) as object,
};

export const payments = {
  Charge: { path: "/shop.Payments/Charge", ...json },
} satisfies ServiceDefinition;

export const stock = {
  Reserve: { path: "/shop.Stock/Reserve", ...json },
  Count: { path: "/shop.Stock/Count", ...json },
} satisfies ServiceDefinition;
