import type { JsonSchema } from "../json-schema.ts";
import { group } from "./fields.ts";
import { gateway, gatewayClass, referenceGrant } from "./gateway.ts";
import { grpcRoute } from "./grpc-route.ts";
import { httpRoute } from "./http-route.ts";

/**
 * The bundle whose standard channel these kinds follow. It is the one that the real rig's gateway (Contour 1.33) needs:
 * whatever is valid on one rig is valid on the other. A newer bundle would accept objects here that are refused there.
 */
export const gatewayApiVersion = "v1.3.0";

/** A column that `kubectl get` shows. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly priority?: number;
}

/** One version of a kind. */
export interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema: { readonly openAPIV3Schema: JsonSchema };
  readonly subresources: { readonly status?: Readonly<Record<string, never>> };
  readonly additionalPrinterColumns: readonly PrinterColumn[];
}

/** A CustomResourceDefinition as a client would create it. */
export interface CustomResourceDefinition {
  readonly apiVersion: "apiextensions.k8s.io/v1";
  readonly kind: "CustomResourceDefinition";
  readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames?: readonly string[];
      readonly categories: readonly string[];
    };
    readonly scope: "Cluster" | "Namespaced";
    readonly versions: readonly CrdVersion[];
  };
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

function crd({ kind, plural, shortNames, scope, versions, schema, status, columns }: Kind): CustomResourceDefinition {
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
        singular: kind.toLowerCase(),
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

/** Gateway API's kinds of the standard channel, as the API server has them from the start. */
export const gatewayApiCrds: readonly CustomResourceDefinition[] = kinds.map(crd);
