import type { JsonObject, Json } from "../json/json.ts";
import { unsupportedMediaType } from "./api-error.ts";

/**
 * The fields that `kubectl create namespace|configmap|secret|service|deployment…` sends: those commands know only
 * protobuf. `int?` tells 0 from nothing; `-` is left unread, because it is the server's to decide.
 */
const fieldTable = `
Namespace: 1 metadata ObjectMeta, 2 spec -, 3 status -
ConfigMap: 1 metadata ObjectMeta, 2 data {string}, 3 binaryData {bytes}, 4 immutable bool
Secret: 1 metadata ObjectMeta, 2 data {bytes}, 3 type string, 4 stringData {string}, 5 immutable bool
ServiceAccount: 1 metadata ObjectMeta
Role: 1 metadata ObjectMeta, 2 rules [PolicyRule]
ClusterRole: 1 metadata ObjectMeta, 2 rules [PolicyRule], 3 aggregationRule -
PolicyRule: 1 verbs [string], 2 apiGroups [string], 3 resources [string], 4 resourceNames [string], 5 nonResourceURLs [string]
RoleBinding: 1 metadata ObjectMeta, 2 subjects [Subject], 3 roleRef RoleRef
ClusterRoleBinding: 1 metadata ObjectMeta, 2 subjects [Subject], 3 roleRef RoleRef
Subject: 1 kind string, 2 apiGroup string, 3 name string, 4 namespace string
RoleRef: 1 apiGroup string, 2 kind string, 3 name string
TokenRequest: 1 metadata ObjectMeta, 2 spec TokenRequestSpec, 3 status -
TokenRequestSpec: 1 audiences [string], 4 expirationSeconds int
Service: 1 metadata ObjectMeta, 2 spec ServiceSpec, 3 status -
Deployment: 1 metadata ObjectMeta, 2 spec DeploymentSpec, 3 status -
ObjectMeta: 1 name string, 2 generateName string, 3 namespace string, 8 creationTimestamp -, 11 labels {string}, 12 annotations {string}
ServiceSpec: 1 ports [ServicePort], 2 selector {string}, 3 clusterIP string, 4 type string, 7 sessionAffinity string, 10 externalName string
ServicePort: 1 name string, 2 protocol string, 3 port int, 4 targetPort intstr, 5 nodePort int, 6 appProtocol string
DeploymentSpec: 1 replicas int?, 2 selector LabelSelector, 3 template PodTemplate, 4 strategy -
LabelSelector: 1 matchLabels {string}
PodTemplate: 1 metadata ObjectMeta, 2 spec PodSpec
PodSpec: 2 containers [Container], 3 restartPolicy string
Container: 1 name string, 2 image string, 3 command [string], 4 args [string], 6 ports [ContainerPort], 8 resources -
ContainerPort: 1 name string, 3 containerPort int, 4 protocol string
IntOrString: 1 type int, 2 intVal int, 3 strVal string
Unknown: 1 typeMeta TypeMeta, 2 raw bytes
TypeMeta: 1 apiVersion string, 2 kind string
Entry: 1 key string, 2 value string
BytesEntry: 1 key string, 2 value bytes
`;

type Fields = ReadonlyMap<number, readonly [name: string, type: string]>;

const messages: ReadonlyMap<string, Fields> = new Map(
  fieldTable
    .trim()
    .split("\n")
    .map((line) => {
      const [name = "", fields = ""] = line.split(": ");
      const parsed = fields.split(", ").map((field) => field.split(" "));
      return [
        name,
        new Map(parsed.map(([number, member = "", type = ""]) => [Number(number), [member, type] as const])),
      ] as const;
    }),
);

const refuse = (why: string) =>
  unsupportedMediaType(`this server reads little protobuf (${why}): send application/json`);

const scalars: Readonly<Record<string, (bytes: Buffer, number: number) => Json | undefined>> = {
  string: (bytes) => bytes.toString("utf8") || undefined,
  bytes: (bytes) => bytes.toString("base64"),
  bool: (_, number) => number === 1,
  int: (_, number) => number || undefined,
  "int?": (_, number) => number,
  intstr: (bytes) => {
    const { strVal, intVal } = decode(bytes, "IntOrString");
    return strVal ?? intVal;
  },
};

const decode = (bytes: Buffer, message: string): JsonObject => {
  const fields = messages.get(message);
  if (!fields) throw refuse(`not ${message}`);
  const object: JsonObject = {};
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at];
      if (byte === undefined || scale > 2 ** 56) throw refuse("the message is cut off");
      at += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const wire = tag & 7;
    if (wire !== 0 && wire !== 2) throw refuse(`wire type ${wire}`);
    const number = varint();
    const content = wire === 2 ? bytes.subarray(at, at + number) : Buffer.alloc(0);
    if (wire === 2) at += number;
    if (at > bytes.length) throw refuse("the message is cut off");
    const [name, type] = fields.get(tag >>> 3) ?? [undefined, ""];
    if (name === undefined && number !== 0) throw refuse(`not field ${tag >>> 3} of ${message}`);
    if (name !== undefined && type !== "-") add(object, name, [type, content, number]);
  }
  return object;
};

const add = (object: JsonObject, name: string, [type, content, number]: readonly [string, Buffer, number]): void => {
  const inner = type.slice(1, -1);
  const before = object[name];
  if (type.startsWith("{")) {
    const { key = "", value = "" } = decode(content, inner === "bytes" ? "BytesEntry" : "Entry");
    object[name] = { ...(before as JsonObject | undefined), [key as string]: value };
  } else if (type.startsWith("[")) {
    object[name] = [
      ...((before as Json[] | undefined) ?? []),
      inner === "string" ? content.toString("utf8") : decode(content, inner),
    ];
  } else {
    const scalar = scalars[type];
    const value = scalar ? scalar(content, number) : decode(content, type);
    if (value !== undefined) object[name] = value;
  }
};

/** An object in Kubernetes' protobuf envelope. Throws a 415 for anything that the table above doesn't have. */
export const parseProtobuf = (body: Buffer): JsonObject => {
  if (body.subarray(0, 4).toString("latin1") !== "k8s\0") throw refuse("no envelope");
  const { typeMeta, raw } = decode(body.subarray(4), "Unknown");
  const { apiVersion = "", kind = "" } = typeMeta as JsonObject;
  return { apiVersion, kind, ...decode(Buffer.from((raw ?? "") as string, "base64"), kind as string) };
};
