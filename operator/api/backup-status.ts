/** What the operator tells about backups. */
import * as z from "zod";

/** Trouble with where backups are; images/data/backup/repository.py finds it in pgBackRest's words. */
export const repositoryReasons = {
  SecretMissing: "A Secret that the spec names is not there; the message has the command that makes it.",
  SecretKeyMissing: "A Secret is there but lacks the key; the message has its name.",
  CredentialsRefused: "The storage refuses the credentials.",
  BucketMissing: "The bucket is not there.",
  CertificateInvalid: "The storage's certificate is not trusted.",
  Unreachable: "The storage does not answer.",
  PassphraseWrong: "What is there was encrypted with another pass phrase, or is not encrypted.",
  OtherDatabase: "The repository holds another database under this name.",
  RepositoryFull: "The storage is full.",
  RepositoryNotWritable: "The storage refuses to be written to.",
} as const;

const NotConfigured = "Not asked for by spec.postgres.backup. This does not count for Ready.";
const Waiting = "It is yet to come; the message says what for.";

/** None of them counts for Ready: the chat goes on without. */
export const backupConditionReasons = {
  ContinuousArchiving: {
    Archiving: "The log of all changes is archived; the message says since when any minute can be restored.",
    NotConfigured,
    Waiting,
    ...repositoryReasons,
    ArchiveGap: "A part of the log was dropped, lest the data volume be full; the message says what to do.",
    Failed: "Something else; the message has its words.",
  },
  LastBackup: {
    BackupTaken: "The last backup; the message has its figures.",
    NotConfigured,
    Waiting,
    ...repositoryReasons,
    ArchiveIncomplete: "The log that belongs to the backup was not archived.",
    BackupFailed: "The last backup failed; the message has its words.",
    Overdue: "A backup was due and did not come to be.",
  },
  LastRestoreDrill: {
    Passed: "The newest backup was restored and all was there; the message has the figures.",
    NotConfigured,
    Waiting,
    ...repositoryReasons,
    NoBackup: "There was no backup to restore yet.",
    ArchiveIncomplete: "The archived log lacks a part.",
    CheckFailed: "What came back is not what it should be; the message says what.",
    TooOld: "What came back ends too long before the drill.",
    DrillFailed: "The restore drill failed; the message has its words.",
  },
} as const;

const moment = (description: string) => z.string().optional().meta({ format: "date-time", description });
const figure = (description: string) => z.number().min(0).optional().meta({ description });

/** What a drill measured. */
export const drillFigures = z.object({
  at: z.string().meta({ format: "date-time", description: "When it began." }),
  backup: z.string().optional().meta({ description: "The backup that was restored." }),
  seconds: z.number().min(0).meta({ description: "Time to recover: from nothing to a server that answers." }),
  fetchSeconds: figure("Of these, fetching the backup."),
  replaySeconds: figure("And bringing back what was changed since."),
  checkSeconds: figure("Looking at what came back; not counted in seconds."),
  messages: figure("Messages that came back."),
  schema: figure("The schema's version that came back."),
  newestMessageAt: moment("Of the newest message that came back."),
  newestMessageAge: figure("How old that was when the drill began, in seconds."),
  lostSeconds: figure("How much older it is than the live database's newest message was then, in seconds."),
});

export const backupFigures = z
  .object({
    firstRecoverabilityPoint: moment("Any moment since then can be restored…"),
    recoverableUntil: moment("…until then: when the log was last archived."),
    backups: z.int().min(0).optional().meta({ description: "Backups that are kept." }),
    bytes: z.number().min(0).optional().meta({ description: "What they take, compressed." }),
    lastBackup: z
      .object({
        label: z.string().meta({ description: "Its name in the repository." }),
        type: z.string().meta({ description: "full, diff or incr." }),
        at: z.string().meta({ format: "date-time", description: "When it was complete." }),
        seconds: z.number().min(0).meta({ description: "How long it took." }),
        bytes: z.number().min(0).meta({ description: "What it takes, compressed." }),
      })
      .optional()
      .meta({ description: "The last backup that succeeded." }),
    lastRestoreDrill: drillFigures
      .optional()
      .meta({ description: "The last restore drill that brought something back." }),
  })
  .optional()
  .meta({ description: "What can be restored, and how long it takes." });
