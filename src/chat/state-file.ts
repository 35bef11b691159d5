import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A message that the server has not acknowledged. Exactly one of the two targets is set. */
export type Unsent = {
  readonly tempId: string;
  readonly content: string;
  readonly conversationId?: string;
  readonly receiverId?: string;
};

/** How far this device has come in a conversation: all changes up to `version`, all messages up to `seq`. */
export type Mark = { readonly version: number; readonly seq: number };

export type ChatState = {
  readonly deviceId: string;
  /** By conversation. */
  marks: Record<string, Mark>;
  outbox: Unsent[];
};

/**
 * What a client must remember between two runs, as one small JSON file for each user. It is written to the
 * side and renamed, so that a crash leaves the old or the new one, never half of one.
 */
export class StateFile {
  readonly state: ChatState;
  readonly #path: string;

  constructor(path: string, state: ChatState) {
    this.#path = path;
    this.state = state;
  }

  /** Opens the file of this user, or begins one. A file that cannot be read is begun anew: SYNC fills it again. */
  static open(directory: string, email: string): StateFile {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const name = email.replace(/@example\.com$/, "").replace(/[^\w.@-]/g, "_");
    const path = join(directory, `chat-${name}.json`);
    return new StateFile(path, { deviceId: randomUUID(), marks: {}, outbox: [], ...read(path) });
  }

  save(): void {
    const aside = `${this.#path}.${process.pid}`;
    writeFileSync(aside, JSON.stringify(this.state), { mode: 0o600 });
    renameSync(aside, this.#path);
  }
}

function read(path: string): Partial<ChatState> {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Partial<ChatState>;
  } catch {
    return {};
  }
}
