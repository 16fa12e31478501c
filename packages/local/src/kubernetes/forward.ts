/**
 * The way into a network namespace: sockets in the file system are seen from every namespace, addresses are not. Somebody inside
 * dials what somebody outside names.
 */
import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";

/** Where connections end. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** Something that listens. */
export interface Listening {
  /** 0 where it is a socket in the file system. */
  readonly port: number;
  /** Stops listening and breaks off what is in progress. */
  close(): Promise<void>;
}

const longestLine = 300;

/**
 * Inside: listens on a socket at `path`; whoever connects says `HOST PORT` and a line feed, and is connected to that. The folder
 * of the socket decides who may.
 */
export async function serveDialer(path: string): Promise<Listening> {
  const listener = listening((caller) => {
    let said = "";
    const listen = (): void => {
      const chunk = caller.read() as Buffer | null;
      if (chunk === null) return;
      said += chunk.toString("latin1");
      const end = said.indexOf("\n");
      if (end < 0) {
        if (said.length > longestLine) caller.destroy();
        return;
      }
      caller.off("readable", listen);
      const [, host, port] = /^(\S+) (\d{1,5})$/.exec(said.slice(0, end)) ?? [];
      if (host === undefined || Number(port) > 65_535) {
        caller.destroy();
        return;
      }
      const rest = Buffer.from(said.slice(end + 1), "latin1");
      if (rest.length > 0) caller.unshift(rest);
      join(caller, connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true }));
    };
    caller.on("readable", listen);
  });
  listener.server.listen(path);
  await once(listener.server, "listening");
  return { port: 0, close: listener.close };
}

/** Outside: listens on an address, and connects whoever comes to the target, by the dialer at `path`. */
export async function forward(path: string, from: Target, to: Target): Promise<Listening> {
  const listener = listening((caller) => {
    caller.setNoDelay(true);
    const dialer = connect({ path, allowHalfOpen: true });
    dialer.write(`${to.host} ${to.port}\n`);
    join(caller, dialer);
  });
  listener.server.listen(from.port, from.host);
  await once(listener.server, "listening");
  const { port } = listener.server.address() as AddressInfo;
  return { port, close: listener.close };
}

function listening(onConnection: (socket: Socket) => void): { server: Server; close: () => Promise<void> } {
  const callers = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    callers.add(socket);
    socket.once("close", () => callers.delete(socket));
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    for (const caller of callers) caller.destroy();
    await once(server, "close");
  };
  return { server, close };
}

/** What one side sends, the other gets, ends included; when one side breaks, so does the other. */
function join(a: Socket, b: Socket): void {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    one.pipe(other);
    one.on("error", () => other.destroy());
    one.once("close", () => {
      // Before both had said all.
      if (!one.readableEnded || !one.writableFinished) other.destroy();
    });
  }
}
