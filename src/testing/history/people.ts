import { randomUUID } from "node:crypto";
import { type Account, register } from "../client/account.ts";
import { api } from "../client/api.ts";
import { SyncingClient, type SyncingClientOptions } from "../client/syncing-client.ts";
import { Recorder } from "./recorder.ts";
import type { Schedule } from "./schedule.ts";

/** A place to talk: what a send names, and the conversation's key in the records. */
export type Place = {
  readonly key: string;
  readonly target: { readonly conversationId: string } | { readonly receiverId: string };
};

export type Group = { readonly key: string; readonly id: string; readonly members: readonly string[] };

/** The people of one schedule, with their devices and groups, ready to begin. */
export type People = {
  /** In every token of this schedule, so that a word that strays is known for what it is. */
  readonly runId: string;
  readonly accounts: readonly Account[];
  /** One for each actor, in their order. */
  readonly devices: readonly SyncingClient[];
  readonly groups: readonly Group[];
  readonly recorder: Recorder;
};

/**
 * Registers fresh users, makes their groups and gives each actor a device (made with `more`), offline yet. The platform
 * must be whole.
 */
export async function gather(
  schedule: Schedule,
  urls: readonly string[],
  more: Partial<SyncingClientOptions> = {},
): Promise<People> {
  const recorder = new Recorder();
  const runId = randomUUID().slice(0, 8);
  const url = urls[0] as string;
  const accounts = await Promise.all(
    Array.from({ length: schedule.users }, (_, i) => register(url, { name: `Person ${i} of ${runId}` })),
  );
  const owner = accounts[0] as Account;

  const groups: Group[] = [];
  for (const [i, mask] of schedule.groups.entries()) {
    const chosen = accounts.slice(1).filter((_, bit) => (mask >> bit) & 1);
    const others = (chosen.length > 0 ? chosen : accounts.slice(1)).map((a) => a.id);
    const wanted = { type: "GROUP", name: `Group ${i} of ${runId}`, participantIds: others };
    const answer = await api(url, owner.token).post<{ id: string }>("/conversations", wanted);
    if (answer.status !== 201) throw new Error(`no group: ${answer.status} ${JSON.stringify(answer.body)}`);
    const group = { key: `group ${i}`, id: answer.body.id, members: [owner.id, ...others] };
    recorder.conversation(group.key, group.members, group.id);
    groups.push(group);
  }
  for (const [i, a] of accounts.entries()) {
    for (const b of accounts.slice(i + 1))
      recorder.conversation(directKey(accounts, a.id, b.id), [a.id, b.id]);
  }

  const devices = schedule.actors.map((actor, i) => {
    const { id, token } = accounts[actor.user] as Account;
    const deviceId = `device-${i}-${randomUUID()}`;
    const observe = recorder.observer(id, deviceId);
    return new SyncingClient({ ...more, urls, userId: id, token, deviceId, observe });
  });
  return { runId, accounts, devices, groups, recorder };
}

/** The key of two people's direct conversation, whoever of them asks. */
export function directKey(accounts: readonly Account[], a: string, b: string): string {
  const numbers = [a, b].map((id) => accounts.findIndex((account) => account.id === id)).sort();
  return `direct ${numbers.join("-")}`;
}

/** Everywhere that this user may talk. */
export function placesOf(people: People, userId: string): Place[] {
  return [
    ...people.groups
      .filter((group) => group.members.includes(userId))
      .map((group) => ({ key: group.key, target: { conversationId: group.id } })),
    ...people.accounts
      .filter((account) => account.id !== userId)
      .map((account) => ({
        key: directKey(people.accounts, userId, account.id),
        target: { receiverId: account.id },
      })),
  ];
}
