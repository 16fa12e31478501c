import { fieldManager, hash, isLabelValue, pipelinesController } from "@headgate/api";

/** A field manager has at most 128 characters, and holds two of these. */
const longest = 50;

/** A name as labels and field managers bear it: itself where it fits, else shortened and told apart by a hash. */
export function shortName(name: string): string {
  if (name.length <= longest && name !== "" && isLabelValue(name)) return name;
  const begin = name.slice(0, longest - 17).replace(/[^A-Za-z0-9]/g, "-");
  return `p${begin.slice(1)}-${hash(name)}`;
}

/** A controller of an Operator as labels and field managers bear it: `operator/controller`, both short. */
export function placeOf(operator: string, controller: string): string {
  return `${shortName(operator)}/${shortName(controller)}`;
}

/** The name under which a controller writes; its field manager is `headgate/` and that. */
export function writerName(place: string): string {
  return `${pipelinesController}/${place}`;
}

/** Begins the field managers of all controllers of all Operators; a place follows. */
export const managerPrefix = `${fieldManager(pipelinesController)}/`;
