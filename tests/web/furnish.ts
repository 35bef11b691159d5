import type { Browser } from "playwright-core";
import type { Account } from "../../src/testing/client/account.ts";
import { api } from "../../src/testing/client/api.ts";

/** What there is to see on the pictures. */
export interface Household {
  self: Account;
  groupId: string;
  /** The message that has a thread. */
  rootId: string;
}

const plan =
  "Here is what changed:\n- sends of one moment share a commit\n- fewer round trips to Postgres\n- details at https://example.com/docs/sending";
const code =
  "```ts\nexport async function send(text: string) {\n  const tempId = crypto.randomUUID();\n  return outbox.add({ tempId, text });\n}\n```";

/** People who have talked to each other, so that the screens show what they show in real life. */
export async function furnish(
  url: string,
  browser: Browser,
  person: (name: string) => Promise<Account>,
): Promise<Household> {
  const [self, grace, alan, katherine, maria] = (await Promise.all(
    ["Ada Lovelace", "Grace Hopper", "Alan Turing", "Katherine Johnson", "Mária Telkes"].map(person),
  )) as [Account, Account, Account, Account, Account];
  const post = async <T = { id: string; conversationId: string }>(
    from: Account,
    path: string,
    body: object,
  ): Promise<T> => {
    const answer = await api(url, from.token).post<T>(path, body);
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const say = (from: Account, conversationId: string, content: string, more: object = {}) =>
    post(from, "/messages", { conversationId, content, ...more });

  await post(maria, "/messages", {
    receiverId: self.id,
    content: "The solar oven works even in **November** ☀️",
  });
  const hike = await post(katherine, "/conversations", {
    type: "GROUP",
    name: "Weekend hike ⛰️",
    participantIds: [self.id, maria.id],
  });
  await say(katherine, hike.id, "The train leaves at 8:12. I checked the arithmetic twice.");
  await post(alan, "/messages", {
    receiverId: self.id,
    content: "Can a machine enjoy tea? Asking for a friend.",
  });
  await post(self, "/messages", {
    receiverId: grace.id,
    content: "I found a moth in the relay. Taped it into the log.",
  });

  const team = await post(self, "/conversations", {
    type: "GROUP",
    name: "Platform team",
    description: "What we run, and how we know that it runs",
    participantIds: [grace.id, alan.id, katherine.id],
  });
  await say(grace, team.id, "Good morning! Did the deployment go well?");
  const root = await say(
    self,
    team.id,
    "All gateways are on the new version. Nobody was disconnected for longer than a second.",
  );
  await post(grace, `/messages/${root.id}/reactions`, { emoji: "🎉" });
  await post(alan, `/messages/${root.id}/reactions`, { emoji: "🎉" });
  await post(katherine, `/messages/${root.id}/reactions`, { emoji: "❤️" });
  await say(katherine, team.id, plan);
  await say(alan, team.id, "p99 is at `41 ms` since then.", { replyToId: root.id });
  await say(alan, team.id, code);
  await say(katherine, team.id, "How did you drain the sockets?", { threadId: root.id });
  await say(self, team.id, "In paced batches: each client is told to come back after a delay of its own.", {
    threadId: root.id,
  });
  await say(grace, team.id, "No herd. I like it.", { threadId: root.id });
  const picture = await upload(url, self, await landscape(browser));
  await say(self, team.id, "The view from the data centre", { attachmentIds: [picture] });
  await say(grace, team.id, "@AdaLovelace can you look at the runbook before lunch?");
  return { self, groupId: team.id, rootId: root.id };
}

async function upload(url: string, { token }: Account, picture: Buffer): Promise<string> {
  const body = new FormData();
  body.append("file", new Blob([new Uint8Array(picture)], { type: "image/png" }), "harbour.png");
  const answer = await fetch(`${url}/attachments`, {
    method: "POST",
    body,
    headers: { authorization: `Bearer ${token}` },
  });
  if (!answer.ok) throw new Error(`upload: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { id: string }).id;
}

/** A picture of our own, drawn by the browser. */
async function landscape(browser: Browser): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: 900, height: 420 } });
  await page.setContent(`<body style="margin:0"><svg width="900" height="420" xmlns="http://www.w3.org/2000/svg">
    <defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#2b2d5c"/>
    <stop offset=".55" stop-color="#e2725b"/><stop offset="1" stop-color="#f7c59f"/></linearGradient></defs>
    <path fill="url(#s)" d="M0 0h900v420H0z"/><circle cx="640" cy="220" r="52" fill="#fff1d0"/>
    <path fill="#3d315b" d="M0 300 160 190 290 280 430 160 600 300 760 230 900 310V420H0Z"/>
    <path fill="#231942" d="M0 350 220 290 420 350 640 300 900 365V420H0Z"/></svg>`);
  const picture = await page.screenshot();
  await page.close();
  return picture;
}
