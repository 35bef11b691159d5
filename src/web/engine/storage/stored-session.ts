/** The session and the device's own id. */
import { randomId } from "../random-id.ts";
import type { Database, StoredSession } from "./database.ts";

export async function readSession(database: Database): Promise<StoredSession | null> {
  const row = await database.meta.get("session");
  return (row?.value as StoredSession | undefined) ?? null;
}

export async function writeSession(database: Database, session: StoredSession): Promise<void> {
  await database.meta.put({ key: "session", value: session });
}

/** Whose data is stored, whether they are signed in or their session has ended. */
export async function ownerOfData(database: Database): Promise<string | null> {
  const [session, last] = await Promise.all([readSession(database), database.meta.get("lastUser")]);
  return session?.user.id ?? (last?.value as string | undefined) ?? null;
}

/** The session is over; what its user had and had not sent stays for their return. */
export async function endSession(database: Database): Promise<void> {
  await database.transaction("rw", database.meta, async () => {
    const session = await readSession(database);
    if (session) await database.meta.put({ key: "lastUser", value: session.user.id });
    await database.meta.delete("session");
  });
}

/** This browser's name as a device: the same for ever, also for the next who signs in. */
export async function deviceId(database: Database): Promise<string> {
  return database.transaction("rw", database.meta, async () => {
    const row = await database.meta.get("deviceId");
    if (row) return row.value as string;
    const value = randomId();
    await database.meta.put({ key: "deviceId", value });
    return value;
  });
}

/** Forgets everything of the user; the device stays the same one. */
export async function forgetUser(database: Database): Promise<void> {
  const { meta, conversations, messages, people, outbox, drafts } = database;
  await database.transaction("rw", [meta, conversations, messages, people, outbox, drafts], async () => {
    await Promise.all([conversations, messages, people, outbox, drafts].map((table) => table.clear()));
    await meta.where("key").notEqual("deviceId").delete();
  });
}
