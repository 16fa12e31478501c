/** The group under which all views are, each operator in its own: `<operator>.view.dcontroller.io`. */
export const viewGroupSuffix = "view.dcontroller.io";
export const viewVersion = "v1alpha1";

/** A kind of object: in the cluster, or a view that an operator of this process keeps in memory. */
export interface Resource {
  /** "" is the core group. */
  readonly group: string;
  /** Undefined when the API server has to be asked for it. */
  readonly version: string | undefined;
  readonly kind: string;
  readonly view: boolean;
}

/** The resource that a source or target of an operator names; without a group it is a view of its own. */
export function resourceOf(
  operator: string,
  { apiGroup, version, kind }: { readonly apiGroup?: string; readonly version?: string; readonly kind: string },
): Resource {
  const group = apiGroup ?? viewGroup(operator);
  const view = group === viewGroupSuffix || group.endsWith(`.${viewGroupSuffix}`);
  return { group, version: view ? viewVersion : version, kind, view };
}

export function viewGroup(operator: string): string {
  return `${operator}.${viewGroupSuffix}`;
}

/** The resource as a text: `discovery.k8s.io/v1/EndpointSlice`, `core/v1/Service`; `*` for a version not named. */
export function resourceId({ group, version, kind }: Resource): string {
  return `${group === "" ? "core" : group}/${version ?? "*"}/${kind}`;
}

/** `apiVersion` and `kind` as objects of the resource bear them; no `apiVersion` while the version is not known. */
export function typeMeta({ group, version, kind }: Resource): { readonly apiVersion?: string; readonly kind: string } {
  return version === undefined ? { kind } : { apiVersion: group === "" ? version : `${group}/${version}`, kind };
}
