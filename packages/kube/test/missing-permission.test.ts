import { OpError } from "@headgate/api";
import { expect, test } from "vitest";
import { missingPermission } from "../src/missing-permission.ts";

const user = 'User "system:serviceaccount:edge:headgate"';
const missing = (detail: string): unknown => missingPermission(new OpError("FORBIDDEN", detail, { status: 403 }));

test("a refusal for want of a permission names it as a role would", () => {
  expect(
    missing(
      `GET /api/v1/pods: 403 pods is forbidden: ${user} cannot list resource "pods" in API group "" at the cluster scope`,
    ),
  ).toEqual({ verb: "list", resource: "pods" });
  expect(
    missing(
      `PATCH /x: 403 gateways.gateway.networking.k8s.io "a" is forbidden: ${user} cannot patch resource "gateways/status" in API group "gateway.networking.k8s.io" in the namespace "shop"`,
    ),
  ).toEqual({ verb: "patch", resource: "gateways.gateway.networking.k8s.io/status", namespace: "shop" });
});

test("what is forbidden for another reason is no missing permission", () => {
  expect(missing('POST /x: 403 services "a" is forbidden: exceeded quota: few')).toBeUndefined();
  expect(missing("POST /x: 403 unable to create new content in namespace shop because it is being terminated")).toBe(
    undefined,
  );
  const elsewhere = `409 ${user} cannot list resource "pods" in API group ""`;
  expect(missingPermission(new OpError("CONFLICT", elsewhere))).toBeUndefined();
});
