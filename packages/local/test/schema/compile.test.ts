import { expect, test } from "vitest";
import { compileSchema, formatFieldErrors, InvalidSchemaError } from "../../src/schema/index.ts";

const widget = compileSchema({
  type: "object",
  properties: {
    spec: {
      type: "object",
      required: ["size"],
      properties: {
        size: { type: "integer", minimum: 1 },
        color: { type: "string", enum: ["red", "blue"], default: "red" },
      },
    },
  },
});

test("an object is pruned, filled with defaults and validated against its schema", () => {
  const object = {
    apiVersion: "example.io/v1",
    kind: "Widget",
    metadata: { name: "a", x: 1 },
    spec: { size: 0, no: 1 },
  };
  expect(widget.unknownFields(object)).toEqual(["metadata.x", "spec.no"]);
  const full = widget.applyDefaults(widget.prune(object));
  expect(full.spec).toEqual({ size: 0, color: "red" });
  expect(full.metadata).toEqual({ name: "a" });
  expect(formatFieldErrors("Widget.example.io", "a", widget.validate(full))).toBe(
    'Widget.example.io "a" is invalid: spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1',
  );
});

test("a schema without a type is refused with a field error", () => {
  expect(() => compileSchema({ properties: {} }, "schema")).toThrow(InvalidSchemaError);
});
