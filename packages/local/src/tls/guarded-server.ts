import * as https from "node:https";
import type { RequestListener } from "node:http";
import { TLSSocket } from "node:tls";

/** A certificate with its private key, and who may connect. PEM text. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** Only a client with a certificate of this authority for this common name is answered. Without it, anybody is. */
  readonly clients?: { readonly ca: string; readonly commonName: string };
}

/** An HTTPS server that is not listening yet. A client of the authority with another name gets 403, any other no connection. */
export function guardedServer({ cert, key, clients }: ServerTls, handle: RequestListener): https.Server {
  if (clients === undefined) return https.createServer({ cert, key }, handle);
  const { ca, commonName } = clients;
  return https.createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    const { socket } = request;
    const name = socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : undefined;
    if (name === commonName) handle(request, response);
    else response.writeHead(403, { "content-type": "text/plain" }).end("this client is not served\n");
  });
}
