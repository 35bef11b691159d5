/** What may be said about the pods of any component. */
import * as z from "zod";
import { settings } from "../../src/config/settings.ts";
import { resources, rules, text, textMap, verbatimObject } from "./fields.ts";

const settingNames = Object.keys(settings)
  .map((name) => `'${name}'`)
  .join(", ");

const environment = z
  .array(
    z.object({
      name: text(/^[A-Za-z_][A-Za-z0-9_]*$/, "a name such as HTTPS_PROXY", 128).meta({
        description: "Name of the variable.",
      }),
      value: z.string().max(4096).default("").meta({ description: "Its value; for secrets use a Secret." }),
    }),
  )
  .max(32)
  .optional()
  .meta({
    description:
      "More environment variables, for instance HTTPS_PROXY. Nexus' own settings go to spec.config.",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["name"],
    ...rules({
      rule: `self.all(e, !(e.name in [${settingNames}]))`,
      message: "a setting of Nexus does not go to env: set it in spec.config",
      reason: "FieldValueForbidden",
    }),
  });

/** Fields that each component's pods have: resources and where they run. */
export function podFields() {
  return {
    resources: resources(),
    nodeSelector: textMap("Labels that a node must have to run these pods."),
    tolerations: z
      .array(verbatimObject("A toleration as in a pod."))
      .max(32)
      .optional()
      .meta({ description: "Taints of nodes that these pods tolerate, as in a pod." }),
    affinity: verbatimObject(
      "Affinity as in a pod; the operator spreads pods over zones and nodes anyhow.",
    ).optional(),
    podAnnotations: textMap("Annotations on each pod."),
  };
}

/** podFields of Nexus' own programs, which also take environment variables and a grace period. */
export function programFields(graceSeconds: number, graceDescription: string) {
  return {
    ...podFields(),
    terminationGracePeriodSeconds: z
      .int()
      .min(10)
      .max(3600)
      .default(graceSeconds)
      .meta({ description: graceDescription }),
    env: environment,
  };
}
