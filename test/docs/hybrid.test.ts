import { readFileSync } from "node:fs";
import * as hybrid from "@headgate/hybrid";
import { expect, test } from "vitest";
import { fences } from "../../tools/docs/markdown.ts";
import { root } from "../../tools/root.ts";

const blocks = fences(readFileSync(`${root}docs/guides/hybrid.md`, "utf8"));
const texts = (language: string): string[] => blocks.flatMap((one) => (one.language === language ? [one.text] : []));

test("the guide's pipeline makes what the guide's program reads", () => {
  const [yaml = ""] = texts("yaml");
  const pipelines = hybrid.parsePipelines(yaml);
  const cart = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "cart", namespace: "shop" },
    data: { size: "3" },
  };
  pipelines.put(cart, { ...cart, metadata: { name: "cart", namespace: "elsewhere" } });
  const sizes = pipelines.view("Size", { parse: (object) => ({ size: Number(object["size"]) }) });
  expect([sizes.get("cart", "shop"), sizes.objects()]).toEqual([{ size: 3 }, [{ size: 3 }]]);
});

test("what the guide's programs import is there", () => {
  const imports = texts("ts").flatMap((text) => [...text.matchAll(/import \{ (.+) \} from "@headgate\/hybrid"/g)]);
  const names = imports.flatMap(([, list = ""]) => list.split(", "));
  expect(names.length).toBeGreaterThan(3);
  expect(names.filter((name) => !(name in hybrid))).toEqual([]);
});
