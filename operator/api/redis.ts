import * as z from "zod";
import { implies, laterRelease, refusedWhen, resources, rules, secretKeyRef } from "./fields.ts";
import { podFields } from "./pods.ts";

export const redisSpec = z
  .object({
    topology: z.enum(["standalone", "sentinel", "cluster", "external"]).default("standalone").meta({
      description:
        "`standalone` (one Valkey pod), `sentinel` (a primary and replicas, of which Valkey's sentinels make another the primary when it is lost), or `external` (a Redis or Valkey that is there already). `cluster` comes with a later release.",
    }),
    replicas: z.int().min(1).max(9).optional().meta({
      description: "Topology `sentinel`: copies beside the primary, 2 unless told.",
    }),
    sentinels: z
      .object({
        replicas: z
          .int()
          .min(3)
          .max(9)
          .default(3)
          .meta({ description: "How many; an odd number, since more than half must agree." }),
        resources: resources(),
      })
      .prefault({})
      .meta({ description: "Topology `sentinel`: those who decide which Valkey is the primary." }),
    external: z
      .object({
        secretRef: secretKeyRef("url", "Secret with the address: redis://:password@host:6379 or rediss://…."),
      })
      .optional()
      .meta({ description: "Where the Redis of topology `external` is." }),
    ...podFields(),
  })
  .prefault({})
  .meta({
    description: "Redis: wakes, counts and caches. Losing it loses no message.",
    ...rules(
      {
        rule: "self.topology != 'cluster'",
        messageExpression:
          "'topology ' + self.topology + ' comes with a later release: use standalone, sentinel or external'",
        message: "this topology comes with a later release: use standalone, sentinel or external",
        fieldPath: ".topology",
        chart: laterRelease("cluster"),
      },
      {
        rule: "self.topology != 'external' || has(self.external)",
        message:
          "topology external needs external.secretRef: name a Secret whose key `url` holds the address, made by `kubectl create secret generic my-redis --from-literal=url=redis://:password@host:6379`",
        reason: "FieldValueRequired",
        fieldPath: ".external",
        chart: implies(
          { properties: { topology: { const: "external" } }, required: ["topology"] },
          { required: ["external"] },
        ),
      },
      {
        rule: "self.topology == 'external' || !has(self.external)",
        message: "external is only for topology external: set topology: external, or remove external",
        reason: "FieldValueForbidden",
        fieldPath: ".external",
        chart: refusedWhen(
          { not: { properties: { topology: { const: "external" } }, required: ["topology"] } },
          "external",
          "left out, or go with topology: external",
        ),
      },
      {
        rule: "(self.topology == 'external') == (oldSelf.topology == 'external')",
        message:
          "topology cannot change between external and one of the operator's own in place, since gateways on two Redis would not hear each other meanwhile: make a new ChatCluster with the other topology on the same Postgres and move over",
        fieldPath: ".topology",
      },
    ),
  });
