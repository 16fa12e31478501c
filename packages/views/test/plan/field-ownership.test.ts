import type { Desired, Json, KubeObject } from "@headgate/api";
import { expect, test } from "vitest";
import { lostFields } from "../../src/plan/field-ownership.ts";

const object: KubeObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: {
    name: "a",
    namespace: "shop",
    labels: { mine: "1" },
    ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "a", uid: "u" }],
  },
  spec: { hostnames: ["a.example.com"], rules: [{}], parentRefs: [{ name: "gw" }] },
};
const desired: Desired = {
  controller: "pod-routes",
  owner: { apiVersion: "v1", kind: "Pod", name: "a", uid: "u" },
  object,
};

const meta = { "f:labels": { ".": {}, "f:mine": {} }, "f:ownerReferences": { ".": {}, 'k:{"uid":"u"}': {} } };
const spec = { "f:hostnames": {}, "f:rules": {}, "f:parentRefs": {} };

function entry(fieldsV1: Json, more: { readonly [field: string]: Json } = {}): Json {
  return {
    manager: "headgate/pod-routes",
    operation: "Apply",
    apiVersion: "v1",
    fieldsType: "FieldsV1",
    fieldsV1,
    ...more,
  };
}

function lost(...managedFields: readonly Json[]): boolean {
  return lostFields(desired, { ...object, metadata: { ...object.metadata, managedFields } });
}

test("nothing is lost while every field that we apply is ours, by apply or by the create before it", () => {
  expect(lost(entry({ "f:metadata": meta, "f:spec": spec }))).toBe(false);
  expect(lost(entry({ "f:metadata": meta, "f:spec": spec }, { operation: "Update" }))).toBe(false);
  const parts = [entry({ "f:metadata": meta }), entry({ "f:spec": spec }, { operation: "Update" })];
  expect(lost(...parts)).toBe(false);
});

test("what others own besides us is no loss", () => {
  const theirs = entry(
    { "f:spec": { "f:rules": {} }, "f:status": {} },
    { manager: "kubectl-edit", operation: "Update" },
  );
  expect(lost(entry({ "f:metadata": meta, "f:spec": { ...spec, "f:more": {} } }), theirs)).toBe(false);
});

test("a list, a label or an owner that is no longer ours is lost", () => {
  expect(lost(entry({ "f:metadata": meta, "f:spec": { "f:hostnames": {}, "f:parentRefs": {} } }))).toBe(true);
  expect(lost(entry({ "f:metadata": { ...meta, "f:labels": { ".": {} } }, "f:spec": spec }))).toBe(true);
  expect(lost(entry({ "f:metadata": { "f:labels": meta["f:labels"] }, "f:spec": spec }))).toBe(true);
});

test("the status is another matter: what we own there counts for nothing", () => {
  expect(lost(entry({ "f:metadata": meta, "f:spec": spec }, { subresource: "status" }))).toBe(true);
});

test("an object that was restored by someone else is not ours any more, field by field", () => {
  expect(lost(entry({ "f:metadata": meta, "f:spec": spec }, { manager: "kubectl-client-side-apply" }))).toBe(true);
});

test("without managed fields nothing can be told, and nothing is", () => {
  expect(lost()).toBe(false);
  expect(lostFields(desired, object)).toBe(false);
});

test("managed fields of another shape are as good as none of ours", () => {
  expect(lost(null, 7, "text", [], { manager: "headgate/pod-routes" }, entry(null), entry("x"))).toBe(true);
});
