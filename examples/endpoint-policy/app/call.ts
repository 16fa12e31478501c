/** A gRPC client: `call.ts HOST:PORT SERVICE/METHOD [TIMES]` prints who answered, or the status. */
import { credentials, loadPackageDefinition } from "@grpc/grpc-js";
import type { ServiceClientConstructor, ServiceError } from "@grpc/grpc-js";
import { payments, stock } from "./grpc-services.ts";

type Method = (request: object, callback: (error: ServiceError | null, answer?: object) => void) => void;

const [target = "127.0.0.1:8080", asked = "shop.Payments/Charge", times = "1"] = process.argv.slice(2);
const [service = "", method = ""] = asked.split("/");
const loaded = loadPackageDefinition({ "shop.Payments": payments, "shop.Stock": stock }) as unknown as {
  readonly shop: Readonly<Record<string, ServiceClientConstructor | undefined>>;
};
const Client = loaded.shop[service.replace(/^shop\./, "")];
if (Client === undefined) throw new Error(`there are shop.Payments and shop.Stock, and no ${service}`);
const client = new Client(target, credentials.createInsecure(), { "grpc.default_authority": "grpc.shop.example" });
const send = (client as unknown as Readonly<Record<string, Method | undefined>>)[method];
if (send === undefined) throw new Error(`${service} has no method ${method}`);

for (let i = 0; i < Number(times); i++) {
  const line = await new Promise<string>((resolve) => {
    send.call(client, {}, (error, answer) => {
      resolve(error === null ? JSON.stringify(answer) : error.message);
    });
  });
  console.log(line);
}
client.close();
