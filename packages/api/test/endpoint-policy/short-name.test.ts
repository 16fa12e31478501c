import { endpointPolicyCrd } from "@headgate/api";
import { expect, test } from "vitest";

/** What kubectl takes for kinds of Kubernetes itself and of Gateway API. */
const taken = [
  ...["cm", "cs", "csr", "cj", "crd", "ds", "deploy", "ep", "ev", "hpa", "ing", "limits", "netpol", "no", "ns"],
  ...[
    "pdb",
    "po",
    "pv",
    "pvc",
    "quota",
    "rc",
    "rs",
    "sa",
    "sts",
    "svc",
    "sc",
    "pc",
    "gc",
    "gtw",
    "refgrant",
    "btlspolicy",
  ],
];

test("the short name is nobody else's", () => {
  const { names } = endpointPolicyCrd.spec as { readonly names: { readonly shortNames: readonly string[] } };
  expect(names.shortNames).not.toEqual([]);
  expect(names.shortNames.filter((name) => taken.includes(name))).toEqual([]);
});
