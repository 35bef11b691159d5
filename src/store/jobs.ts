/**
 * Jobs for the worker. A job is enqueued by the statement that causes it: it exists exactly if that
 * commits. Never one for each message: at commit it takes Postgres's global NOTIFY lock.
 */
import type { Db } from "./client.ts";

/** Every task that can be enqueued, and what its jobs carry. The worker has a file for each. */
export interface JobPayloads {
  /** Cleans up after gateways that died with no other gateway there to notice. */
  presence_sweep: Record<string, never>;
  /** Deletes refresh tokens that have not been good for anything for days. */
  refresh_token_retention: Record<string, never>;
  /** Deletes devices that have not registered for months, and so are gone. */
  device_retention: Record<string, never>;
  /** Pushes what is unread in these conversations to the devices of one shard's users. */
  push_notify: PushNotifyJob;
  /** Takes notifications off devices and corrects their badges, where they are not right any more. */
  push_clear: { shard: number; users: string[]; attempt?: number };
  /** Looks at the links of these messages, and adds previews to them. */
  link_preview: { messages: { conversationId: string; seq: number }[] };
  /** Deletes files that no message carries. */
  attachment_sweep: Record<string, never>;
}

export interface PushNotifyJob {
  shard: number;
  conversations: string[];
  /** Only to these. */
  devices?: string[];
  /** How often it has been put off; 0 if absent. */
  attempt?: number;
}

export type TaskName = keyof JobPayloads;

export interface JobOptions {
  /** Of jobs with one key only the latest waits; an earlier one that has not begun is replaced. */
  key?: string;
  /** Not before this time. */
  runAt?: Date;
  /** Jobs of one queue run one after the other. */
  queue?: string;
}

/**
 * Adds a job to the queue, in the caller's transaction if `db` is one. Rejects when the queue is not installed:
 * see `installJobQueue`.
 *
 * A gateway or worker may open no transaction block while postgres.js does not survive an outage in one
 * (docs/adr/0011-no-transaction-blocks.md). A change and its job are one statement there, as in
 *
 *     with changed as (update … returning id)
 *     select id, graphile_worker.add_job('a_task', payload => json_build_object('id', id)) from changed
 *
 * with the call in the outermost select list: a WITH of a SELECT that nobody reads is not carried out.
 */
export async function enqueue<T extends TaskName>(
  db: Db,
  task: T,
  payload: JobPayloads[T],
  options: JobOptions = {},
): Promise<void> {
  await db`
    select from graphile_worker.add_job(
      ${task}, payload => ${JSON.stringify(payload)}::text::json,
      queue_name => ${options.queue ?? null}::text, job_key => ${options.key ?? null}::text,
      run_at => ${options.runAt ?? null}::timestamptz)`;
}
