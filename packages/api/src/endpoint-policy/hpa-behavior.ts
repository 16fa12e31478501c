import type { Schema } from "../schema/index.ts";

const scalingPolicy: Schema = {
  type: "object",
  required: ["type", "value", "periodSeconds"],
  properties: {
    type: { type: "string", enum: ["Pods", "Percent"] },
    value: { type: "integer", format: "int32", minimum: 1 },
    periodSeconds: { type: "integer", format: "int32", minimum: 1, maximum: 1800 },
  },
};

const direction = (description: string): Schema => ({
  type: "object",
  description,
  properties: {
    stabilizationWindowSeconds: { type: "integer", format: "int32", minimum: 0, maximum: 3600 },
    selectPolicy: { type: "string", enum: ["Max", "Min", "Disabled"] },
    policies: { type: "array", items: scalingPolicy, minItems: 1, maxItems: 8, "x-kubernetes-list-type": "atomic" },
  },
});

/** `behavior` of an autoscaling/v2 HorizontalPodAutoscaler, field by field. */
export const hpaBehavior: Schema = {
  type: "object",
  description: "How fast to scale, as in autoscaling/v2",
  properties: { scaleUp: direction("Of scaling up"), scaleDown: direction("Of scaling down") },
};
