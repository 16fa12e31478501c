import type { Schema } from "./schema.ts";

export const text = (description: string, more: Partial<Schema> = {}): Schema => ({
  type: "string",
  description,
  ...more,
});

export const object = (
  description: string,
  properties: Readonly<Record<string, Schema>>,
  more: Partial<Schema> = {},
): Schema => ({ type: "object", description, properties, ...more });

export const listOf = (description: string, items: Schema, maxItems: number, more: Partial<Schema> = {}): Schema => ({
  type: "array",
  description,
  items,
  maxItems,
  ...more,
});

/** `conditions` of a status. */
export const conditions: Schema = listOf(
  "What is the case",
  object(
    "A condition",
    {
      type: text("Its name"),
      status: text("True, False or Unknown"),
      observedGeneration: { type: "integer", format: "int64" },
      lastTransitionTime: text("When the status last changed", { format: "date-time" }),
      reason: text("A word for programs"),
      message: text("A sentence for people", { maxLength: 32_768 }),
    },
    { required: ["type", "status", "lastTransitionTime", "reason", "message"] },
  ),
  8,
  { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] },
);
