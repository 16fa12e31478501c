import { conditions, listOf, object, text } from "../schema/index.ts";
import type { Schema } from "../schema/index.ts";
import { hpaBehavior } from "./hpa-behavior.ts";
import { celOf } from "./rules.ts";

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const serviceName = "^[a-z]([-a-z0-9]*[a-z0-9])?$";
const subdomain = `^${label}([.]${label})*$`;
const hostnameForm = `^([*][.])?${label}([.]${label})*$`;
/** A Gateway API duration. */
const durationForm = "^([0-9]{1,5}(h|m|s|ms)){1,4}$";

const port = (description: string, more: Partial<Schema> = {}): Schema => ({
  type: "integer",
  format: "int32",
  minimum: 1,
  maximum: 65_535,
  description,
  ...more,
});
const whole = (description: string, minimum: number, maximum: number, more: Partial<Schema> = {}): Schema => ({
  type: "integer",
  format: "int32",
  minimum,
  maximum,
  description,
  ...more,
});

const hostname = text("A host name", {
  wanted: "a host name such as shop.example.com, or a wildcard such as *.example.com",
  minLength: 1,
  maxLength: 253,
  pattern: hostnameForm,
});
const hostnames = (description: string, most: number): Schema =>
  listOf(description, hostname, most, { "x-kubernetes-list-type": "set" });
const duration = (description: string): Schema =>
  text(description, { wanted: "a duration such as 10s or 1m30s", pattern: durationForm });
const quantityText = (description: string): Schema => text(description, { minLength: 1, maxLength: 40 });

const appRef = object(
  "The application that the endpoints are taken from",
  {
    name: text("Begins the names of all children; its Deployment, if there is one, is their model", {
      wanted: "a name of lower-case letters, digits and hyphens that begins with a letter",
      minLength: 1,
      maxLength: 57,
      pattern: serviceName,
    }),
    namespace: text("Where the application lives; default: the policy's namespace", {
      wanted: "the name of a namespace",
      maxLength: 63,
      pattern: `^${label}$`,
    }),
    port: port("Port of the Services", { default: 80 }),
    containerPort: port("Port that the containers listen on", { default: 8080 }),
    image: text("Image of the containers", { wanted: "a container image", minLength: 1, maxLength: 1024 }),
  },
  { required: ["name", "image"] },
);

const gatewayRef = object(
  "The Gateway that the routes attach to",
  {
    name: text("Its name", { wanted: "the name of a Gateway", minLength: 1, maxLength: 253, pattern: subdomain }),
    namespace: text("Where the Gateway lives; default: the policy's namespace", {
      wanted: "the name of a namespace",
      maxLength: 63,
      pattern: `^${label}$`,
    }),
    hostname: { ...hostname, description: "Host name of the routes; default: every host of the Gateway" },
    // With hostname 16 at most, as a route may have.
    hostnames: hostnames("Further host names of the routes", 15),
    sectionName: text("The listener to attach to; default: all of them", {
      wanted: "the name of a listener",
      maxLength: 253,
      pattern: subdomain,
    }),
  },
  { required: ["name"] },
);

const headerMatch = object(
  "A header that a request must have",
  {
    name: text("Its name", {
      wanted: "a header name",
      minLength: 1,
      maxLength: 256,
      pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
    }),
    value: text("Its value", { wanted: "a header value", minLength: 1, maxLength: 4096 }),
    type: text("How the value is compared", { enum: ["Exact", "RegularExpression"], default: "Exact" }),
  },
  { required: ["name", "value"] },
);

const methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

const match = object(
  "Which requests go to the endpoint",
  {
    path: text("Path of the request; required for http", {
      wanted:
        "a path that begins with / and has no query and no encoded slash, everything beyond RFC 3986 percent-encoded",
      minLength: 1,
      maxLength: 1024,
      // Gateway API says the same in several rules; a path of RFC 3986 characters.
      pattern: "^/([-A-Za-z0-9._~!$&'()*+,;=:@]|%[013-9A-Fa-f][0-9A-Fa-f]|%2[0-9A-Ea-e]|/)*$",
    }),
    pathType: text("How the path is compared", { enum: ["PathPrefix", "Exact"], default: "PathPrefix" }),
    methods: listOf("HTTP methods; default: all", text("A method", { enum: methods }), 9, {
      "x-kubernetes-list-type": "set",
    }),
    service: text("Full name of the gRPC service; required for grpc", {
      wanted: "a gRPC service name such as payments.PaymentService",
      minLength: 1,
      maxLength: 1024,
      pattern: "^[A-Za-z_][A-Za-z_0-9]*([.][A-Za-z_][A-Za-z_0-9]*)*$",
    }),
    method: text("gRPC method; default: every method of the service", {
      wanted: "a gRPC method name",
      minLength: 1,
      maxLength: 1024,
      pattern: "^[A-Za-z_][A-Za-z_0-9]*$",
    }),
    headers: listOf("Headers that a request must all have", headerMatch, 16, {
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
    }),
  },
  { "x-kubernetes-validations": celOf("match") },
);

const resources = object(
  "Of the endpoint's container",
  {
    cpuLimit: quantityText("CPU limit, such as 2 or 500m"),
    cpuRequest: quantityText("CPU request; default: the limit"),
    memLimit: quantityText("Memory limit, such as 1Gi"),
    memRequest: quantityText("Memory request; default: the limit"),
  },
  { "x-kubernetes-validations": celOf("resources") },
);

const hpa = object(
  "Autoscaling of the endpoint",
  {
    min: whole("Fewest replicas; 0 asks for scaling to zero", 0, 10_000, { default: 1 }),
    max: whole("Most replicas", 1, 10_000),
    cpuTarget: whole("Wanted CPU use, in per cent of the request", 1, 100),
    memoryTarget: whole("Wanted memory use, in per cent of the request", 1, 100),
    behavior: hpaBehavior,
  },
  { required: ["max"], "x-kubernetes-validations": celOf("hpa") },
);

const budget: Schema = {
  type: "string",
  "x-kubernetes-int-or-string": true,
  description: "A number, or a percentage such as 50%",
  wanted: "a number, or a percentage such as 50%",
  minimum: 0,
  pattern: "^([0-9]|[1-9][0-9]|100)%$",
};
const podDisruptionBudget = object("How many pods a voluntary disruption may take", {
  minAvailable: budget,
  maxUnavailable: budget,
});

const endpoint = object(
  "One endpoint of the application",
  {
    id: text("Tells the endpoint apart: ends the names of its children", {
      wanted: "lower-case letters, digits and hyphens, with a letter or digit at both ends",
      minLength: 1,
      maxLength: 56,
      pattern: `^${label}$`,
    }),
    type: text("Protocol", { enum: ["http", "grpc"], default: "http" }),
    match,
    strategy: text("primary: all of the traffic; canary: a share of it", {
      enum: ["canary", "primary"],
      default: "primary",
    }),
    canaryWeight: whole("Share of the traffic in per cent; for canary", 1, 100, { default: 5 }),
    resources,
    hpa,
    replicas: whole("Replicas without autoscaling", 1, 10_000, { default: 1 }),
    image: text("Image of this endpoint; default: the application's", { minLength: 1, maxLength: 1024 }),
    port: port("Port of this endpoint's Service; default: the application's"),
    containerPort: port("Port of this endpoint's container; default: the application's"),
    hostnames: hostnames("Host names of this endpoint's route; default: those of gatewayRef", 16),
    timeouts: object(
      "Of a request on this route",
      {
        request: duration("Of the whole request, such as 10s; 0s: none"),
        backendRequest: duration("Of one attempt at the endpoint"),
      },
      { "x-kubernetes-validations": celOf("timeouts") },
    ),
    rewritePrefix: text("What the matched prefix is replaced by", {
      wanted: "a path that begins with /",
      maxLength: 1024,
      pattern: "^/",
    }),
    sessionPersistence: object("Keeps a client at one pod, where the Gateway can", {
      sessionName: text("Name of the cookie or header", { maxLength: 128 }),
      type: text("Where the session is kept", { enum: ["Cookie", "Header"], default: "Cookie" }),
      absoluteTimeout: duration("When a session ends"),
    }),
    podDisruptionBudget,
    podTemplate: {
      type: "object",
      description:
        "Merged over the pod template of the application's Deployment: labels and annotations, and any field of a pod's spec",
      "x-kubernetes-preserve-unknown-fields": true,
    },
  },
  { required: ["id", "match"], "x-kubernetes-validations": celOf("endpoint") },
);

/** `spec` of an EndpointPolicy, without the rules that need more than one field. */
export const endpointPolicySpec: Schema = object(
  "What is wanted",
  {
    appRef,
    gatewayRef,
    endpoints: listOf("The endpoints that get a workload of their own", endpoint, 64, {
      minItems: 1,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["id"],
    }),
  },
  { required: ["appRef", "gatewayRef", "endpoints"], "x-kubernetes-validations": celOf("spec") },
);

export const endpointPolicyStatus: Schema = object("What is", {
  observedGeneration: { type: "integer", format: "int64", description: "The generation that this is about" },
  endpointCount: { type: "integer", format: "int32", description: "Number of endpoints" },
  conditions,
  endpointStatuses: listOf(
    "One for each endpoint, in the order of the spec",
    object(
      "An endpoint",
      {
        id: text("Its id"),
        ready: { type: "boolean", description: "Its replicas are available and its route is accepted" },
        deploymentName: text("Its Deployment"),
        serviceName: text("Its Service"),
        routeName: text("Its HTTPRoute or GRPCRoute"),
        hpaName: text("Its HorizontalPodAutoscaler, if it has one"),
        message: text("Why it is not ready"),
      },
      { required: ["id", "ready"] },
    ),
    64,
    { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"] },
  ),
});
