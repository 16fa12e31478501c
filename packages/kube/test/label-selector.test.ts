import { expect, test } from "vitest";

import { labelSelectorText } from "../src/index.ts";

test("a label selector becomes a query, the same one whatever its order", () => {
  expect(labelSelectorText()).toBeUndefined();
  expect(labelSelectorText({ matchLabels: {} })).toBeUndefined();
  const selector = {
    matchExpressions: [
      { key: "tier", operator: "In", values: ["a", "b"] },
      { key: "zone", operator: "NotIn", values: ["c"] },
      { key: "owner", operator: "Exists" },
      { key: "gone", operator: "DoesNotExist" },
    ],
    matchLabels: { app: "shop" },
  };
  expect(labelSelectorText(selector)).toBe("!gone,app=shop,owner,tier in (a,b),zone notin (c)");
  const turned = { ...selector, matchExpressions: selector.matchExpressions.toReversed() };
  expect(labelSelectorText(turned)).toBe(labelSelectorText(selector));
});
