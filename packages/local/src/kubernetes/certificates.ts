/**
 * Certificates of a cluster, made with the openssl program: Node has no way to make one, a package for it would be one more
 * dependency, and a machine that has `unshare` and a Go toolchain has openssl.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/** A certificate and its private key: PEM text, and the files that hold it. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Subject {
  readonly commonName: string;
  /** To Kubernetes, the group of the user that the common name is. */
  readonly organization?: string;
  /** As openssl writes them: `IP:10.244.0.1`, `DNS:service.namespace.svc`. With them it is a server's certificate, else a client's. */
  readonly names?: readonly string[];
}

/** Signs certificates. */
export interface Authority {
  readonly cert: string;
  readonly certFile: string;
  /** `file` names the two files. */
  issue(file: string, subject: Subject): Promise<Certificate>;
}

/** No cluster of a test or of a developer lives longer. */
const days = "365";

/** A new authority whose files are in a folder that is there already and that only this user reads. */
export async function makeAuthority(folder: string, commonName: string): Promise<Authority> {
  const own = await make(folder, commonName, {
    subject: { commonName },
    extensions: ["basicConstraints = critical,CA:TRUE", "keyUsage = critical,keyCertSign"],
    signer: [],
  });
  return {
    cert: own.cert,
    certFile: own.certFile,
    issue(file, subject) {
      const { names } = subject;
      const usage = names === undefined ? ["clientAuth"] : ["serverAuth", `subjectAltName = ${names.join(",")}`];
      const [extended = "", ...more] = usage;
      return make(folder, file, {
        subject,
        extensions: [
          "basicConstraints = critical,CA:FALSE",
          "keyUsage = critical,digitalSignature",
          `extendedKeyUsage = ${extended}`,
          ...more,
        ],
        signer: ["-CA", own.certFile, "-CAkey", own.keyFile],
      });
    },
  };
}

interface Request {
  readonly subject: Subject;
  readonly extensions: readonly string[];
  readonly signer: readonly string[];
}

async function make(folder: string, file: string, { subject, extensions, signer }: Request): Promise<Certificate> {
  const [certFile, keyFile] = [join(folder, `${file}.crt`), join(folder, `${file}.key`)];
  const { commonName, organization } = subject;
  // A configuration of our own, so that the machine's adds nothing.
  const config = [
    "[req]",
    "prompt = no",
    "distinguished_name = subject",
    "x509_extensions = extensions",
    "[subject]",
    ...(organization === undefined ? [] : [`O = ${organization}`]),
    `CN = ${commonName}`,
    "[extensions]",
    "subjectKeyIdentifier = hash",
    ...extensions,
  ];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-keyout", keyFile];
  const configFile = join(folder, `${file}.cnf`);
  await writeFile(configFile, `${config.join("\n")}\n`);
  await openssl(["req", "-x509", "-config", configFile, "-days", days, ...key, ...signer, "-out", certFile]);
  return { cert: await readFile(certFile, "utf8"), key: await readFile(keyFile, "utf8"), certFile, keyFile };
}

async function openssl(args: readonly string[]): Promise<void> {
  const child = spawn("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
  const said = text(child.stderr);
  let code: unknown;
  try {
    [code] = (await once(child, "exit")) as [number | null];
  } catch (cause) {
    throw new Error("openssl (3.0 or later) is needed to make certificates", { cause });
  }
  if (code !== 0) throw new Error(`openssl ${args.join(" ")} failed: ${(await said).trimEnd()}`);
}
