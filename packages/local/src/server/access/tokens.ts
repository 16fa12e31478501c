import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { type JsonObject, numberAt, stringAt } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import { keyOf, type Storage } from "../storage/storage.ts";

/** Of each cluster its own, so that a later server on the same storage knows the tokens of an earlier one. */
const secrets = new WeakMap<Storage, Buffer>();

const signature = (storage: Storage, text: string): Buffer => {
  const secret = secrets.get(storage) ?? randomBytes(32);
  secrets.set(storage, secret);
  return createHmac("sha256", secret).update(text).digest();
};

const encoded = (value: JsonObject): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token by which somebody is known as a service account until a second of the epoch. */
export const tokenFor = (storage: Storage, { metadata }: KubeObject, until: number): string => {
  const { namespace = "", name, uid = "" } = metadata;
  const text = `${encoded({ alg: "HS256", typ: "JWT" })}.${encoded({ namespace, name, uid, exp: until })}`;
  return `${text}.${signature(storage, text).toString("base64url")}`;
};

/** The service account that a token is of, if it is still there; `undefined` for any other text. */
export const accountOf = (storage: Storage, token: string, now: number): KubeObject | undefined => {
  const [head = "", body = "", tail = ""] = token.split(".");
  const given = Buffer.from(tail, "base64url");
  const right = signature(storage, `${head}.${body}`);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
  const claims = JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as JsonObject;
  const key = keyOf(stringAt(claims, "namespace"), stringAt(claims, "name") ?? "");
  const account = storage.get("serviceaccounts.", key);
  const isValid = account?.metadata.uid === claims["uid"] && (numberAt(claims, "exp") ?? 0) * 1000 > now;
  return isValid ? account : undefined;
};
