import { readFileSync } from "node:fs";

import { credentials, loadPackageDefinition, Server, ServerCredentials, status } from "@grpc/grpc-js";
import type {
  handleClientStreamingCall,
  handleUnaryCall,
  MethodDefinition,
  ServerDuplexStream,
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
const method = (name: string, requestStream: boolean, responseStream: boolean): MethodDefinition<string, string> => ({
  path: `/test.Service/${name}`,
  requestStream,
  responseStream,
  ...text,
});
const definition = {
  Unary: method("Unary", false, false),
  ServerStream: method("ServerStream", false, true),
  ClientStream: method("ClientStream", true, false),
  BothStream: method("BothStream", true, true),
};

const implementation: UntypedServiceImplementation = {
  Unary: ((_, callback) => {
    callback(null, "served");
  }) satisfies handleUnaryCall<string, string>,
  ServerStream: (call: ServerWritableStream<string, string>) => {
    call.write("served");
    call.end();
  },
  ClientStream: ((call, callback) => {
    call.resume().once("end", () => {
      callback(null, "served");
    });
  }) satisfies handleClientStreamingCall<string, string>,
  BothStream: (call: ServerDuplexStream<string, string>) => {
    call.once("data", () => {
      call.write("served");
      call.end();
    });
  },
};

type Callback = (error: ServiceError | null, answer?: string) => void;

interface Client {
  Unary(request: string, callback: Callback): void;
  ServerStream(request: string): NodeJS.ReadableStream;
  ClientStream(callback: Callback): NodeJS.WritableStream;
  BothStream(): NodeJS.ReadWriteStream;
  close(): void;
}

type Answer = string | ServiceError;

const called = (call: (callback: Callback) => unknown): Promise<Answer> =>
  new Promise((resolve) => {
    call((error, answer) => {
      resolve(error ?? answer ?? "");
    });
  });
const streamed = (stream: NodeJS.ReadableStream): Promise<Answer> =>
  new Promise((resolve) => {
    stream.on("data", resolve).on("error", resolve);
  });

/** What a call of each kind comes to: the answer, or the error. */
async function callAll(
  endpoints: GrpcEndpoints,
  options?: Pick<GuardOptions, "failClosed">,
): Promise<Readonly<Record<keyof typeof definition, Answer>>> {
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
    const both = client.BothStream();
    both.write("asked");
    const answers = await Promise.all([
      called((callback) => {
        client.Unary("asked", callback);
      }),
      streamed(client.ServerStream("asked")),
      called((callback) => {
        client.ClientStream(callback).end("asked");
      }),
      streamed(both),
    ]);
    const [Unary, ServerStream, ClientStream, BothStream] = answers;
    return { Unary, ServerStream, ClientStream, BothStream };
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
  const one = served ? "served" : refused;
  expect(await callAll({ "test.Service": table.endpoint }, { failClosed: failClosed ?? false })).toEqual({
    Unary: one,
    ServerStream: one,
    ClientStream: one,
    BothStream: one,
  });
});

test("a method counts before its service, and what is not named is served", async () => {
  process.env[guardrailVariable] = "one";
  expect(await callAll({ "test.Service": "other", "test.Service/ClientStream": "one" })).toEqual({
    Unary: refused,
    ServerStream: refused,
    ClientStream: "served",
    BothStream: refused,
  });
  expect(new Set(Object.values(await callAll({ "payments.PaymentService": "other" })))).toEqual(new Set(["served"]));
});
