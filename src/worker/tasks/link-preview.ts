import { storeFile } from "../../attachments/attachments.ts";
import { type FileKind, kindOf, mayBeShown } from "../../attachments/file-kind.ts";
import { openStorage } from "../../attachments/open-storage.ts";
import type { Storage } from "../../attachments/storage.ts";
import type { Delivery } from "../../bus/delivery.ts";
import { createEmitter } from "../../bus/emitter.ts";
import type { RedisClient } from "../../bus/redis.ts";
import type { Config } from "../../config/settings.ts";
import { audience } from "../../messaging/audience.ts";
import { parseNetworks } from "../../previews/addresses.ts";
import { type LinkSummary, previewLink } from "../../previews/preview-link.ts";
import type { Attachment } from "../../protocol/attachment.ts";
import type { LinkPreview, MessageUpdated } from "../../protocol/message.ts";
import type { Sql } from "../../store/client.ts";
import type { JobPayloads } from "../../store/jobs.ts";
import { addPreviews, findLinks, type Previewed } from "../../store/previews.ts";
import type { Logger } from "../../telemetry/logger.ts";

/** Of a message with more links the first ones are looked at. */
const LINKS = 3;
const MOST_PIXELS = 40_000_000;

export interface PreviewDependencies {
  sql: Sql;
  redis: RedisClient | undefined;
  config: Config;
  log: Logger;
}

/**
 * Adds previews of their links to messages, each as one change, which all who see the message are told of. Pages that
 * do not answer are no failure of the job: their links stay as they are.
 */
export async function linkPreview(
  deps: PreviewDependencies,
  stop: AbortSignal,
  payload: unknown,
): Promise<void> {
  if (!deps.config.LINK_PREVIEWS) return;
  const { messages } = payload as JobPayloads["link_preview"];
  const found = await findLinks(deps.sql, messages);
  const storage = openStorage(deps.config);
  const networks = parseNetworks(deps.config.LINK_PREVIEW_NETWORKS ?? []);
  const tell = createEmitter(deps.config, deps.redis);
  const looks = new Map<string, Promise<LinkSummary | undefined>>();
  const look = (url: string) => {
    const known = looks.get(url);
    if (known) return known;
    const looking = previewLink(url, { networks, stop, pictures: storage !== undefined }).catch(
      () => undefined,
    );
    looks.set(url, looking);
    return looking;
  };
  await Promise.all(
    found.map(async ({ urls, ...place }) => {
      const seen = await Promise.all(
        urls.slice(0, LINKS).map(async (url) => ({ url, summary: await look(url) })),
      );
      if (stop.aborted) throw new Error("the worker ends before all links were looked at: others do it");
      const previews: LinkPreview[] = [];
      for (const { url, summary } of seen)
        if (summary) previews.push(await withPicture(deps, storage, url, summary));
      const done = previews.length > 0 && (await addPreviews(deps.sql, place, urls, previews));
      if (done) await tell(told(place.conversationId, done));
    }),
  );
}

async function withPicture(
  deps: PreviewDependencies,
  storage: Storage | undefined,
  url: string,
  { picture, ...texts }: LinkSummary,
): Promise<LinkPreview> {
  let attachment: Attachment | null = null;
  if (storage && picture && isHarmless(await kindOf(picture.body)))
    attachment = await storeFile(
      {
        sql: deps.sql,
        storage,
        maxSize: picture.body.length,
        keepUnsent: deps.config.ATTACHMENT_UNSENT_EXPIRES_IN,
      },
      null,
      { name: picture.name, bytes: once(picture.body) },
    ).catch((error: unknown) => {
      deps.log.warn({ err: error }, "a preview's picture could not be stored");
      return null;
    });
  return { url, ...texts, attachment };
}

/** Some kilobytes can be a picture that takes gigabytes to show. */
function isHarmless({ type, width = 0, height = 0 }: FileKind): boolean {
  return type.startsWith("image/") && mayBeShown(type) && width * height > 0 && width * height <= MOST_PIXELS;
}

async function* once(body: Buffer): AsyncGenerator<Buffer> {
  yield body;
}

function told(conversationId: string, done: Previewed): Delivery {
  const payload: MessageUpdated = {
    id: done.id,
    conversationId,
    version: done.version,
    metadata: done.metadata,
    timestamp: done.at.toISOString(),
  };
  return {
    event: "MESSAGE_UPDATED",
    payload,
    rooms: audience({ ...done, conversationId }),
    ...(done.directLow === null && { membersVersion: done.membersVersion }),
  };
}
