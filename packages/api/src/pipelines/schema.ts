import { conditions, listOf, object, text } from "../schema/index.ts";
import type { Schema } from "../schema/index.ts";

const anything = (description: string): Schema => ({
  type: "any",
  description,
  "x-kubernetes-preserve-unknown-fields": true,
});

const apiGroup = text("API group; empty: the core group; left out: the operator's own views", { maxLength: 253 });
const version = text("API version; default: the one that the API server prefers", { maxLength: 63 });
const kind = (description: string): Schema => text(description, { wanted: "a kind", minLength: 1, maxLength: 63 });

const labelSelector = object("Only objects with such labels; one that loses them is gone from the pipeline", {
  matchLabels: {
    type: "object",
    description: "Labels with their values",
    additionalProperties: { type: "string" },
  },
  matchExpressions: listOf(
    "Further requirements",
    object(
      "A requirement",
      {
        key: text("The label", { minLength: 1, maxLength: 317 }),
        operator: text("How the label is compared", { enum: ["In", "NotIn", "Exists", "DoesNotExist"] }),
        values: listOf("For In and NotIn", { type: "string" }, 64, { "x-kubernetes-list-type": "atomic" }),
      },
      { required: ["key", "operator"] },
    ),
    64,
    { "x-kubernetes-list-type": "atomic" },
  ),
});

const source = object(
  "Where objects come from",
  {
    apiGroup,
    version,
    kind: kind("Kind of the objects; for OneShot and Periodic any name"),
    type: text(
      "Watcher: the objects there are; OneShot: one object, once; Periodic: a clock that has its rows evaluated anew",
      {
        enum: ["Watcher", "OneShot", "Periodic"],
        default: "Watcher",
      },
    ),
    as: text("What the pipeline calls the objects; default: their kind", { minLength: 1, maxLength: 63 }),
    namespace: text("Only objects of this namespace", { maxLength: 63 }),
    labelSelector,
    predicate: anything(
      "Only updates that change what this names: GenerationChanged, ResourceVersionChanged, LabelChanged, AnnotationChanged, or And, Or, Not of such",
    ),
    parameters: {
      type: "object",
      description: "Of a Periodic source: `period`, a duration such as 30s",
      "x-kubernetes-preserve-unknown-fields": true,
    },
  },
  { required: ["kind"] },
);

const target = object(
  "Where the objects go that come out of the pipeline",
  {
    apiGroup,
    version,
    kind: kind("Kind of the objects"),
    type: text("Updater: makes the objects; Patcher: sets fields of objects that are there", {
      enum: ["Updater", "Patcher"],
      default: "Updater",
    }),
  },
  { required: ["kind"] },
);

const controller = object(
  "One controller",
  {
    name: text("Tells the controller apart", { wanted: "a name", minLength: 1, maxLength: 253 }),
    sources: listOf("What goes in", source, 32, { minItems: 1, "x-kubernetes-list-type": "atomic" }),
    pipeline: anything("What is made of it: an operation, or a list of them; left out: nothing is changed"),
    target,
  },
  { required: ["name", "sources", "target"] },
);

/** `spec` of an Operator, without what is inside of a pipeline or a predicate. */
export const operatorSpec: Schema = object(
  "What is wanted",
  {
    controllers: listOf("The controllers, which share the operator's views", controller, 255, {
      minItems: 1,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
    }),
  },
  { required: ["controllers"] },
);

export const operatorStatus: Schema = object("What is", {
  observedGeneration: { type: "integer", format: "int64", description: "The generation that this is about" },
  running: text("How many of the controllers run without a fault, such as 2/3"),
  conditions,
  controllers: listOf(
    "One for each controller, in the order of the spec",
    object(
      "A controller",
      {
        name: text("Its name"),
        conditions,
        lastErrors: listOf("What stands in the way now, the latest last", text("A sentence"), 10, {
          "x-kubernetes-list-type": "atomic",
        }),
      },
      { required: ["name"] },
    ),
    255,
    { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] },
  ),
});
