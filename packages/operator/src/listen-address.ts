/** Where an HTTP server of the operator listens; `undefined` means that it is switched off. */
export interface ListenAddress {
  /** Absent means all interfaces. */
  readonly host?: string;
  readonly port: number;
}

/**
 * Parses a bind address as controller-runtime's flags write it: `:8080`, `127.0.0.1:8080`, `[::1]:8080`; `0` switches the server off.
 *
 * @throws Error that names the flag, the value and what would be right.
 */
export function parseListenAddress(flag: string, value: string): ListenAddress | undefined {
  if (value === "0") return undefined;
  const parts = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]]*)):(?<port>\d{1,5})$/.exec(value)?.groups;
  const port = Number(parts?.["port"]);
  if (parts === undefined || port > 65_535) {
    throw new Error(
      `${flag}: ${JSON.stringify(value)} is not an address; write ":8080", "127.0.0.1:8080" or "0" for none`,
    );
  }
  const host = parts["v6"] ?? parts["host"] ?? "";
  return host === "" ? { port } : { host, port };
}
