import { useEffect, useReducer, useRef } from "react";
import { sizeText } from "../format/size.ts";
import { toast } from "../overlay/overlay-store.ts";
import { keep } from "../pane/use-link.ts";
import { useChat, useClient } from "../shell/client-context.tsx";
import { failureOf } from "../shell/failure.ts";
import type { UploadedAttachment } from "../shell/types.ts";

export interface Upload {
  readonly id: number;
  readonly file: File;
  /** Of a picture: how it looks, from this device. */
  readonly picture: string | null;
  /** 0 to 1. */
  readonly progress: number;
  readonly error: string | null;
  readonly done: UploadedAttachment | null;
}

export interface Uploads {
  readonly items: readonly Upload[];
  /** None is under way or has failed. */
  readonly ready: boolean;
  add(files: readonly File[]): void;
  remove(id: number): void;
  retry(id: number): void;
  /** What is uploaded, for the message; the tray is empty then. */
  take(): readonly UploadedAttachment[];
}

const MAX_FILES = 20;

type Change =
  | { kind: "add"; item: Upload }
  | { kind: "patch"; id: number; patch: Partial<Upload> }
  | { kind: "remove"; id: number }
  | { kind: "clear" };

function reduce(items: readonly Upload[], change: Change): readonly Upload[] {
  switch (change.kind) {
    case "add":
      return [...items, change.item];
    case "patch":
      return items.map((item) => (item.id === change.id ? { ...item, ...change.patch } : item));
    case "remove":
      return items.filter(({ id }) => id !== change.id);
    default:
      return [];
  }
}

let counter = 0;

/** The files that go with the next message. They are uploaded at once, while one is still writing. */
export function useUploads(): Uploads {
  const client = useClient();
  const maxSize = useChat((state) => state.config?.maxFileSize ?? null);
  const [items, change] = useReducer(reduce, []);
  const running = useRef(new Map<number, AbortController>());

  useEffect(() => {
    const all = running.current;
    return () => {
      for (const controller of all.values()) controller.abort();
    };
  }, []);

  async function start({ id, file, picture }: Upload): Promise<void> {
    const controller = new AbortController();
    running.current.set(id, controller);
    change({ kind: "patch", id, patch: { error: null, progress: 0 } });
    try {
      const done = await client.attachments.upload(file, {
        name: file.name,
        signal: controller.signal,
        onProgress: (sent, total) =>
          change({ kind: "patch", id, patch: { progress: total > 0 ? sent / total : 0 } }),
      });
      if (picture) keep(done.id, picture);
      change({ kind: "patch", id, patch: { done, progress: 1 } });
    } catch (error) {
      if (!controller.signal.aborted) change({ kind: "patch", id, patch: { error: failureOf(error).text } });
    } finally {
      running.current.delete(id);
    }
  }

  return {
    items,
    ready: items.every(({ done }) => done !== null),
    add(files) {
      const room = MAX_FILES - items.length;
      if (files.length > room) toast(`At most ${MAX_FILES} files go with one message.`, { tone: "error" });
      for (const file of files.slice(0, Math.max(0, room))) {
        if (maxSize !== null && file.size > maxSize) {
          toast(`${file.name} is larger than ${sizeText(maxSize)}.`, { tone: "error" });
          continue;
        }
        const picture = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
        const item: Upload = { id: ++counter, file, picture, progress: 0, error: null, done: null };
        change({ kind: "add", item });
        void start(item);
      }
    },
    remove(id) {
      running.current.get(id)?.abort();
      const gone = items.find((item) => item.id === id);
      if (gone?.picture) URL.revokeObjectURL(gone.picture);
      change({ kind: "remove", id });
    },
    retry(id) {
      const item = items.find((each) => each.id === id);
      if (item) void start(item);
    },
    take() {
      const taken = items.flatMap(({ done }) => (done ? [done] : []));
      change({ kind: "clear" });
      return taken;
    },
  };
}
