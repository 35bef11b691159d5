/**
 * Who wrote which field, and how to get rid of what others added. Server-side apply puts our fields back, but never
 * removes a field that somebody else has set: a container, an environment variable or a rule that a person added to an
 * owned object would stay for ever. So we first enter ourselves as the writer of their fields; the next apply, which
 * does not have them, removes them. (client-go's csaupgrade does the same.)
 */
import type { FieldSet, KubernetesObject, ManagedFields } from "./object.ts";

/** What an object's managedFields mean for us; kept in their place, since they are a third of an object. */
export interface Writers extends Claim {}

export interface Claim {
  /** Somebody else has set fields of what is ours to decide. */
  foreign: boolean;
  /** We hold `spec.replicas`: applying without it would set it to 1, whatever an autoscaler has made of it. */
  replicas: boolean;
}

const judged = Symbol("writers");

/** The object without managedFields, but with what they mean for `manager`. */
export function judgeWriters(object: KubernetesObject, manager: string): KubernetesObject {
  const { managedFields = [], ...metadata } = object.metadata;
  const writers: Writers = {
    foreign: managedFields.some((entry) => foreignPart(entry, manager) !== undefined),
    replicas: managedFields.some((entry) => isOurs(entry, manager) && holdsReplicas(entry.fieldsV1)),
  };
  return Object.assign({ ...object, metadata }, { [judged]: writers });
}

export function writersOf(object: KubernetesObject): Writers {
  const writers = (object as { [judged]?: Writers })[judged];
  return writers ?? { foreign: false, replicas: false };
}

/**
 * The managedFields after which an apply removes what others added, if `claim.foreign`. `claim.replicas` gives
 * `spec.replicas` up, so that an apply without it leaves it at its value and to whoever scales.
 */
export function claimedFields(
  entries: readonly ManagedFields[],
  manager: string,
  claim: Claim,
): ManagedFields[] {
  const result: ManagedFields[] = [];
  let ours: ManagedFields | undefined;
  let claimed: FieldSet = {};
  for (const entry of entries) {
    if (isOurs(entry, manager)) {
      ours = entry;
      continue;
    }
    const foreign = claim.foreign ? foreignPart(entry, manager) : undefined;
    if (foreign) claimed = union(claimed, foreign);
    const left = foreign ? without(entry.fieldsV1 ?? {}, foreign) : entry.fieldsV1;
    if (left && Object.keys(left).length > 0) result.push({ ...entry, fieldsV1: left });
  }
  const first = entries[0];
  const base = ours ?? { ...first, manager, operation: "Apply" };
  let fields = union(ours?.fieldsV1 ?? {}, claimed);
  if (claim.replicas) fields = without(fields, { "f:spec": { "f:replicas": {} } });
  if (base.apiVersion !== undefined) result.unshift({ ...base, fieldsV1: fields });
  return result;
}

function isOurs(entry: ManagedFields, manager: string): boolean {
  return entry.manager === manager && entry.operation === "Apply" && !entry.subresource;
}

/** The fields of an entry that are ours to decide though another has set them. */
function foreignPart(entry: ManagedFields, manager: string): FieldSet | undefined {
  // Scaling and status are written through subresources: those are meant for others. An entry of our name that is
  // no apply holds what an admission webhook added to our own writing.
  if (entry.subresource || entry.manager === manager) return undefined;
  const { "f:spec": spec, "f:data": data, "f:binaryData": binaryData } = entry.fieldsV1 ?? {};
  // `kubectl rollout restart` annotates the template: undoing it would roll the pods once more.
  const decided =
    spec && without(spec, { "f:replicas": {}, "f:template": { "f:metadata": { "f:annotations": {} } } });
  const part: FieldSet = {
    ...(decided && hasFields(decided) && { "f:spec": decided }),
    ...(data && hasFields(data) && { "f:data": data }),
    ...(binaryData && hasFields(binaryData) && { "f:binaryData": binaryData }),
  };
  return Object.keys(part).length > 0 ? part : undefined;
}

function holdsReplicas(fields: FieldSet | undefined): boolean {
  return fields?.["f:spec"]?.["f:replicas"] !== undefined;
}

/** Something other than the bare containers of a tree from which all was taken. */
function hasFields(fields: FieldSet): boolean {
  return Object.keys(fields).some((name) => name !== ".");
}

function union(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = { ...a };
  for (const [name, inner] of Object.entries(b)) result[name] = union(a[name] ?? {}, inner);
  return result;
}

/** `a` without the leaves of `b`; a branch that is empty by that goes as well. */
function without(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = {};
  for (const [name, inner] of Object.entries(a)) {
    const minus = b[name];
    if (minus === undefined) result[name] = inner;
    else if (Object.keys(minus).length > 0) {
      const left = without(inner, minus);
      if (Object.keys(left).length > 0) result[name] = left;
    }
  }
  return result;
}
