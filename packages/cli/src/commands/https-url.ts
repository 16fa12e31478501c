import { quote } from "@headgate/api";

import { UsageError } from "../usage-error.ts";

/** The origin that a flag names, without a path. Throws a UsageError that names flag and value. */
export function httpsUrl(flag: string, value: string): string {
  const url = URL.parse(value);
  if (url?.protocol === "https:" && url.pathname === "/" && url.search === "" && url.username === "") return url.origin;
  throw new UsageError(`error: ${flag}: ${quote(value)} is not a URL such as "https://views.example.com:8443"`);
}
