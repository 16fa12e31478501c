import { readFileSync } from "node:fs";

import { credentials, loadPackageDefinition, Server, ServerCredentials, status } from "@grpc/grpc-js";
import type {
  handleUnaryCall,
  MethodDefinition,
  ServiceClientConstructor,
  ServiceError,
  ServerWritableStream,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { guardrailVariable, notActive } from "@headgate/guard";
import type { GuardOptions } from "@headgate/guard";
import { guardGrpc } from "@headgate/guard/grpc";
import type { GrpcEndpoints } from "@headgate/guard/grpc";
import { afterEach, expect, test } from "vitest";

const table = JSON.parse(readFileSync(new URL("../../testdata/guard-cases.json", import.meta.url), "utf8")) as {
  readonly endpoint: string;
  readonly cases: readonly {
    readonly name: string;
    readonly active: string | null;
    readonly failClosed?: boolean;
    readonly allow?: readonly string[];
    readonly served: boolean;
  }[];
};

const text = {
  requestSerialize: (value: string) => Buffer.from(value),
  requestDeserialize: (bytes: Buffer) => bytes.toString(),
  responseSerialize: (value: string) => Buffer.from(value),
  responseDeserialize: (bytes: Buffer) => bytes.toString(),
};
const method = (name: string, responseStream: boolean): MethodDefinition<string, string> => ({
  path: `/test.Service/${name}`,
  requestStream: false,
  responseStream,
  ...text,
});
const definition = { Unary: method("Unary", false), Stream: method("Stream", true) };

const implementation: UntypedServiceImplementation = {
  Unary: ((_, callback) => {
    callback(null, "served");
  }) satisfies handleUnaryCall<string, string>,
  Stream: (call: ServerWritableStream<string, string>) => {
    call.write("served");
    call.end();
  },
};

interface Client {
  Unary(request: string, callback: (error: ServiceError | null, answer?: string) => void): void;
  Stream(request: string): NodeJS.ReadableStream;
  close(): void;
}

/** What a unary call and a stream come to: the answer, or the error. */
async function callBoth(
  endpoints: GrpcEndpoints,
  options?: GuardOptions,
): Promise<Record<"unary" | "stream", string | ServiceError>> {
  const server = new Server({ interceptors: [guardGrpc(endpoints, options)] });
  server.addService(definition, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  const { Service } = loadPackageDefinition({ Service: definition }) as { Service?: ServiceClientConstructor };
  if (Service === undefined) throw new Error("no client was made of the definition");
  const client = new Service(`127.0.0.1:${String(port)}`, credentials.createInsecure()) as unknown as Client;
  try {
    const unary = new Promise<string | ServiceError>((resolve) => {
      client.Unary("asked", (error, answer) => {
        resolve(error ?? answer ?? "");
      });
    });
    const stream = new Promise<string | ServiceError>((resolve) => {
      client.Stream("asked").on("data", resolve).on("error", resolve);
    });
    return { unary: await unary, stream: await stream };
  } finally {
    client.close();
    server.forceShutdown();
  }
}

afterEach(() => {
  Reflect.deleteProperty(process.env, guardrailVariable);
});

const refused = expect.objectContaining({ code: status.UNAVAILABLE, details: notActive }) as unknown;

// Paths are HTTP's: over gRPC, what is served everywhere is what nobody names.
const cases = table.cases.filter(({ allow }) => allow === undefined);

test.each(cases.map((one) => [one.name, one] as const))("%s", async (_, { active, failClosed, served }) => {
  if (active === null) Reflect.deleteProperty(process.env, guardrailVariable);
  else process.env[guardrailVariable] = active;
  const answers = await callBoth({ "test.Service": table.endpoint }, { failClosed: failClosed ?? false });
  expect(answers).toEqual(served ? { unary: "served", stream: "served" } : { unary: refused, stream: refused });
});

test("a method counts before its service, and what is not named is served", async () => {
  process.env[guardrailVariable] = "one";
  expect(await callBoth({ "test.Service": "other", "test.Service/Unary": "one" })).toEqual({
    unary: "served",
    stream: refused,
  });
  expect(await callBoth({ "payments.PaymentService": "other" })).toEqual({ unary: "served", stream: "served" });
});
