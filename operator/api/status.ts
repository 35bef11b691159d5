/** What the operator tells about a ChatCluster. */
import * as z from "zod";
import { backupConditionReasons, backupFigures } from "./backup-status.ts";

/** Reasons why objects cannot be written or pods do not even start. */
const startReasons = {
  NameTaken: "An object of a name that is needed belongs to somebody else; the message says to whom.",
  Refused: "The API server refuses an object; the message has its words.",
  ImagePullFailed: "The image cannot be pulled; the message names it.",
  Unschedulable: "No node has room for a pod; the message has the scheduler's words.",
  QuotaExceeded: "The namespace's quota is used up; the message says which.",
  CreateFailed: "Pods cannot be created; the message says why.",
} as const;

/** Reasons of every condition that is about pods. */
export const workloadReasons = {
  Ready: "All pods are ready.",
  Starting: "Pods are starting.",
  RollingOut: "Pods are being replaced one after the other.",
  Waiting: "Waiting for something else first, such as the schema or a store; the message says for what.",
  SecretMissing: "A Secret that the spec names is not there; the message has the command that makes it.",
  SecretKeyMissing: "A Secret is there but lacks the key; the message has its name.",
  SecretInvalid: "A Secret's value is not usable; the message says why, never the value.",
  ...startReasons,
  CrashLooping: "A container ends again and again; the message has its last words.",
  NotReady: "Pods run but are not ready; the message says which.",
} as const;

/** Conditions with their reasons: `Ready` sums the others up. A reason is for programs, the message for people. */
export const conditionReasons = {
  Ready: {
    AllReady: "Everything is ready.",
    Progressing: "Something is starting or being upgraded; the message says what.",
    NotReady: "Something is wrong; the message is that of the first condition that is not true.",
    InvalidSpec: "The spec cannot be carried out; nothing was changed.",
    Deleting: "The ChatCluster is being deleted.",
  },
  GatewaysReady: workloadReasons,
  WorkersReady: workloadReasons,
  RedisReady: { ...workloadReasons, External: "An external Redis is used; its Secret is there." },
  PostgresReady: {
    ...workloadReasons,
    External: "An external database is used; its Secret is there.",
    Unreachable: "The external database does not answer; the message has its error.",
    VolumePending: "The volume is not there yet; the message says why.",
    FailingOver: "The primary is lost and another one is being made; it takes at most half a minute.",
    NoPrimary: "No Postgres can be the primary; the message says what to do.",
  },
  SchemaMigrated: {
    Migrated: "The schema is the one of the wanted version.",
    Migrating: "The migration Job runs; gateways and workers stay at the old version until it has succeeded.",
    WaitingForPostgres: "The migration begins once Postgres is ready.",
    MigrationFailed: "The migration failed and is tried again; the message says where its log is.",
    SchemaNewer: "The database's schema is newer than the wanted version: go back to the newer version.",
    ...startReasons,
  },
  PushConfigured: {
    Configured: "Firebase takes the credentials of the Secret; push notifications are sent with them.",
    Checking: "The Secret is right in form, and Firebase is being asked whether it takes it.",
    NotConfigured: "No spec.push: push notifications are off. This does not count for Ready.",
    SecretMissing: "The Secret of spec.push is not there.",
    SecretInvalid: "The Secret of spec.push lacks a key, or it is not a service account.",
    CredentialsRefused: "Firebase does not know the account or its key; the message says what to do.",
    PermissionDenied: "The account may not send for its project; the message says what to do.",
    Unreachable: "Firebase could not be asked; the message says why.",
  },
  MessagesArrive: {
    Arriving: "The last messages of the synthetic users arrived.",
    Failing: "Their last message was not sent or did not arrive live; the message says where to look.",
    Looking: "Workers are being asked.",
    Unreadable: "No worker's metrics can be read.",
    NotConfigured: "No spec.config.CANARY_INTERVAL: nobody tries. This does not count for Ready.",
  },
  ContinuousArchiving: { ...backupConditionReasons.ContinuousArchiving, ...startReasons },
  LastBackup: { ...backupConditionReasons.LastBackup, ...startReasons },
  LastRestoreDrill: { ...backupConditionReasons.LastRestoreDrill, ...startReasons },
} as const satisfies Record<string, Record<string, string>>;

export type ConditionType = keyof typeof conditionReasons;
export const conditionTypes = Object.keys(conditionReasons) as ConditionType[];

export const conditionSchema = z.object({
  type: z
    .string()
    .max(316)
    .meta({ description: `One of ${conditionTypes.join(", ")}.` }),
  status: z.enum(["True", "False", "Unknown"]).meta({ description: "True, False or Unknown." }),
  reason: z
    .string()
    .max(1024)
    .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
    .meta({ description: "One word for programs." }),
  message: z.string().max(32_768).meta({ description: "What is so, and what to do next." }),
  lastTransitionTime: z.string().meta({ format: "date-time", description: "When the status last changed." }),
  observedGeneration: z
    .int()
    .min(0)
    .optional()
    .meta({ format: "int64", description: "metadata.generation of the spec that this is about." }),
});

const pods = (what: string) =>
  z
    .object({
      replicas: z
        .int()
        .min(0)
        .default(0)
        .meta({ description: `${what} that should be.` }),
      ready: z
        .int()
        .min(0)
        .default(0)
        .meta({ description: `${what} that are ready.` }),
      updated: z
        .int()
        .min(0)
        .default(0)
        .meta({ description: `${what} with the newest settings and image.` }),
      summary: z.string().optional().meta({ description: "ready/replicas, for kubectl get." }),
      selector: z.string().optional().meta({ description: "Label selector of the pods, for kubectl scale." }),
    })
    .optional()
    .meta({ description: `How many ${what.toLowerCase()} there are.` });

export const chatClusterStatus = z
  .object({
    observedGeneration: z
      .int()
      .min(0)
      .optional()
      .meta({ format: "int64", description: "metadata.generation of the spec that this is about." }),
    phase: z
      .enum(["Pending", "Progressing", "Ready", "Degraded", "Deleting"])
      .optional()
      .meta({ description: "One word for people; programs read conditions." }),
    version: z.string().optional().meta({ description: "The version that gateways run." }),
    image: z.string().optional().meta({ description: "The image that gateways run." }),
    url: z.string().optional().meta({ description: "Where the chat is reached." }),
    schema: z
      .object({
        image: z.string().optional().meta({ description: "The image whose migration succeeded last." }),
        migratedAt: z.string().optional().meta({ format: "date-time", description: "When it succeeded." }),
      })
      .optional()
      .meta({ description: "State of the database's schema." }),
    gateways: pods("Gateways"),
    workers: pods("Workers"),
    postgres: z
      .object({
        primary: z.string().optional().meta({ description: "The pod that takes writes." }),
        replicas: z.int().min(0).default(0).meta({ description: "Replicas that copy it now." }),
        switchover: z.string().optional().meta({
          description: "The last value of the annotation nexus.chat/switchover that was carried out.",
        }),
      })
      .optional()
      .meta({ description: "Topology `ha`: who leads." }),
    backup: backupFigures,
    conditions: z
      .array(conditionSchema)
      .default([])
      .meta({
        description: "What is so, part by part; Ready sums up.",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
      }),
  })
  .meta({ description: "What the operator tells; nobody else writes it." });

export type Condition = Omit<z.output<typeof conditionSchema>, "type"> & { type: ConditionType };
export type ChatClusterStatus = Omit<z.output<typeof chatClusterStatus>, "conditions"> & {
  conditions: Condition[];
};
