import * as z from "zod";
import { externalRules } from "./external.ts";
import { resources, rules, secretKeyRef } from "./fields.ts";
import { podFields } from "./pods.ts";

export const redisSpec = z
  .object({
    topology: z.enum(["standalone", "sentinel", "cluster", "external"]).default("standalone").meta({
      description:
        "`standalone` (one Valkey pod), `sentinel` (a primary and replicas, of which Valkey's sentinels make another the primary when it is lost), `cluster` (shards, each with a primary and replicas, which take over by themselves), or `external` (a Redis or Valkey that is there already).",
    }),
    replicas: z.int().min(1).max(9).optional().meta({
      description:
        "Copies beside each primary. Topology `sentinel`: 2 unless told; topology `cluster`: 1 for each shard unless told.",
    }),
    shards: z
      .int()
      .min(3)
      .max(30)
      .default(3)
      .meta({ description: "Topology `cluster`: among how many primaries keys and messages are shared." }),
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
        rule: "self.topology != 'cluster' || oldSelf.topology != 'cluster' || self.shards == oldSelf.shards",
        message:
          "the slots of a running cluster are not moved: set shards back, or change over topology standalone, which loses no message",
        fieldPath: ".shards",
      },
      ...externalRules(
        "kubectl create secret generic my-redis --from-literal=url=redis://:password@host:6379",
        " in place, since gateways on two Redis would not hear each other meanwhile: make a new ChatCluster with the other topology on the same Postgres and move over",
      ),
    ),
  });
