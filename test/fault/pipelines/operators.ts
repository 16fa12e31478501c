import type { KubeObject } from "@headgate/api";

/** In which namespace all of it happens. */
export const namespace = "pipelines";

const apiVersion = "dcontroller.io/v1alpha1";
const configs = { apiGroup: "", kind: "ConfigMap", namespace, labelSelector: { matchLabels: { take: "yes" } } };

/** Gathers what ConfigMaps say in groups, and writes each group on the Services that ask for it: gather, join, Patcher. */
const groups = [
  {
    name: "gather",
    sources: [configs],
    pipeline: [
      { "@project": { metadata: { name: "$.data.group", namespace }, members: "$.metadata.name" } },
      { "@gather": ["$.metadata", "$.members"] },
    ],
    target: { kind: "Group" },
  },
  {
    name: "tell",
    sources: [{ kind: "Group" }, { apiGroup: "", kind: "Service", namespace }],
    pipeline: [
      { "@join": { "@eq": ["$.Group.metadata.name", '$["Service"]["metadata"]["labels"]["group"]'] } },
      {
        "@project": {
          metadata: {
            name: "$.Service.metadata.name",
            namespace,
            annotations: { members: { "@concat": "$.Group.members" } },
          },
        },
      },
    ],
    target: { apiGroup: "", kind: "Service", type: "Patcher" },
  },
];

/** A Secret `<name>-<suffix>` for each ConfigMap: an Updater. */
const copies = (suffix: string): readonly object[] => [
  {
    name: "copy",
    sources: [configs],
    pipeline: {
      "@project": {
        metadata: { name: { "@concat": ["$.metadata.name", `-${suffix}`] }, namespace },
        stringData: { group: "$.data.group" },
      },
    },
    target: { apiGroup: "", kind: "Secret" },
  },
];

export const groupsOperator: KubeObject = {
  apiVersion,
  kind: "Operator",
  metadata: { name: "groups" },
  spec: { controllers: groups },
};

export function copiesOperator(suffix: string): KubeObject {
  return { apiVersion, kind: "Operator", metadata: { name: "copies" }, spec: { controllers: copies(suffix) } };
}
