/** What Redis and Postgres have in common where somebody else runs them. */
import { implies, type Rule, refusedWhen } from "./fields.ts";

const isExternal = { properties: { topology: { const: "external" } }, required: ["topology"] };

/**
 * Topology `external` and the field `external` go together, from the beginning.
 * @param example the command that makes its Secret.
 * @param fixed why the topology cannot become external or cease to be, and what to do instead.
 */
export function externalRules(example: string, fixed: string): Rule[] {
  return [
    {
      rule: "self.topology != 'external' || has(self.external)",
      message: `topology external needs external.secretRef: name a Secret whose key \`url\` holds the address, made by \`${example}\``,
      reason: "FieldValueRequired",
      fieldPath: ".external",
      chart: implies(isExternal, { required: ["external"] }),
    },
    {
      rule: "self.topology == 'external' || !has(self.external)",
      message: "external is only for topology external: set topology: external, or remove external",
      reason: "FieldValueForbidden",
      fieldPath: ".external",
      chart: refusedWhen({ not: isExternal }, "external", "left out, or go with topology: external"),
    },
    {
      rule: "(self.topology == 'external') == (oldSelf.topology == 'external')",
      message: `topology cannot change between external and one of the operator's own${fixed}`,
      fieldPath: ".topology",
    },
  ];
}
