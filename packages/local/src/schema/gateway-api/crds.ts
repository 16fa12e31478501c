import type { JsonSchema } from "../json-schema.ts";
import { group } from "./names.ts";
import { gateway, gatewayClass, referenceGrant } from "./gateway.ts";
import { grpcRoute } from "./grpc-route.ts";
import { httpRoute } from "./http-route.ts";

/**
 * The bundle whose standard channel these kinds follow. It is the one that the real rig's gateway (Contour 1.33) needs:
 * whatever is valid on one rig is valid on the other. A newer bundle would accept objects here that are refused there.
 */
export const gatewayApiVersion = "v1.3.0";

interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly priority?: number;
}

interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly scope?: "Cluster";
  /** The stored version first. */
  readonly versions: readonly string[];
  readonly schema: JsonSchema;
  readonly status?: false;
  readonly columns: readonly PrinterColumn[];
}

const column = (name: string, jsonPath: string): PrinterColumn => ({ name, type: "string", jsonPath });
const conditionColumn = (type: string): PrinterColumn =>
  column(type, `.status.conditions[?(@.type=="${type}")].status`);
const age: PrinterColumn = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };
const routeColumns = [column("Hostnames", ".spec.hostnames"), age];

const kinds: readonly Kind[] = [
  {
    kind: "GatewayClass",
    plural: "gatewayclasses",
    shortNames: ["gc"],
    scope: "Cluster",
    versions: ["v1", "v1beta1"],
    schema: gatewayClass,
    columns: [
      column("Controller", ".spec.controllerName"),
      conditionColumn("Accepted"),
      age,
      { ...column("Description", ".spec.description"), priority: 1 },
    ],
  },
  {
    kind: "Gateway",
    plural: "gateways",
    shortNames: ["gtw"],
    versions: ["v1", "v1beta1"],
    schema: gateway,
    columns: [
      column("Class", ".spec.gatewayClassName"),
      column("Address", ".status.addresses[*].value"),
      conditionColumn("Programmed"),
      age,
    ],
  },
  { kind: "HTTPRoute", plural: "httproutes", versions: ["v1", "v1beta1"], schema: httpRoute, columns: routeColumns },
  { kind: "GRPCRoute", plural: "grpcroutes", versions: ["v1"], schema: grpcRoute, columns: routeColumns },
  {
    kind: "ReferenceGrant",
    plural: "referencegrants",
    shortNames: ["refgrant"],
    versions: ["v1beta1"],
    schema: referenceGrant,
    status: false,
    columns: [age],
  },
];

function crd({ kind, plural, shortNames, scope, versions, schema, status, columns }: Kind) {
  const singular = kind.toLowerCase();
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      annotations: {
        "api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/gateway-api/pull/3328",
        [`${group}/bundle-version`]: gatewayApiVersion,
        [`${group}/channel`]: "standard",
      },
    },
    spec: {
      group,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular,
        ...(shortNames && { shortNames }),
        categories: ["gateway-api"],
      },
      scope: scope ?? "Namespaced",
      versions: versions.map((name, i) => ({
        name,
        served: true,
        storage: i === 0,
        schema: { openAPIV3Schema: schema },
        subresources: status === false ? {} : { status: {} },
        additionalPrinterColumns: columns,
      })),
    },
  };
}

/** A CustomResourceDefinition as a client would create it. */
export type CustomResourceDefinition = ReturnType<typeof crd>;

/** Gateway API's kinds of the standard channel, as the API server has them from the start. */
export const gatewayApiCrds: readonly CustomResourceDefinition[] = kinds.map(crd);
