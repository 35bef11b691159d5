import * as z from "zod";

/** The people of the demonstration and the password they share. */
export const demoUsers = ["alice", "bob", "carol"] as const;
export const demoPassword = "nexus-demo-1";

const requestTimeoutMs = 15_000;

const Session = z.object({ accessToken: z.string(), user: z.object({ id: z.string() }) });
const Conversations = z.array(z.object({ type: z.string(), name: z.string().nullish() }));
const Created = z.object({ id: z.string() });

/**
 * Creates the demo users and their conversation over REST, as any client would. Returns whether it did: a
 * database that has them already is left as it is, and a seeding that was interrupted is completed.
 */
export async function seedDemo(url: string): Promise<boolean> {
  const first = await signIn(url, "alice");
  if (first.existed && (await hasWelcome(url, first.token))) return false;
  const [alice, bob, carol] = [first, await signIn(url, "bob"), await signIn(url, "carol")];

  const group = Created.parse(
    await post(url, "/conversations", alice.token, {
      type: "GROUP",
      name: "Welcome",
      participantIds: [bob.id, carol.id],
    }),
  );
  const lines = [
    [
      alice,
      "Welcome to Nexus! 👋 This message went through gateway 1 into Postgres before it was acknowledged.",
    ],
    [bob, "Hi @alice. I may be on the other gateway, and still see everything once and in order."],
    [carol, "And what I miss while I am away, I get when I come back."],
  ] as const;
  for (const [index, [sender, content]] of lines.entries()) {
    const tempId = `demo-${group.id}-${index}`;
    await post(url, "/messages", sender.token, { conversationId: group.id, content, tempId });
  }
  await post(url, "/messages", alice.token, {
    receiverId: bob.id,
    content: "Bob, this one is for you alone.",
    tempId: `demo-${group.id}-direct`,
  });
  return true;
}

interface Demo {
  id: string;
  token: string;
  existed: boolean;
}

async function signIn(url: string, name: string): Promise<Demo> {
  const credentials = { email: `${name}@example.com`, password: demoPassword };
  const person = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  const registered = await send(url, "/auth/register", undefined, { ...credentials, name: person });
  const existed = registered.status === 409;
  const answer = existed ? await send(url, "/auth/login", undefined, credentials) : registered;
  const { accessToken, user } = Session.parse(
    await answered(answer, existed ? "/auth/login" : "/auth/register"),
  );
  return { id: user.id, token: accessToken, existed };
}

async function hasWelcome(url: string, token: string): Promise<boolean> {
  const response = await fetch(`${url}/conversations?limit=100`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(requestTimeoutMs),
  });
  const conversations = Conversations.parse(await answered(response, "/conversations"));
  return conversations.some(({ type, name }) => type === "GROUP" && name === "Welcome");
}

async function post(url: string, path: string, token: string, body: object): Promise<unknown> {
  return answered(await send(url, path, token, body), path);
}

function send(url: string, path: string, token: string | undefined, body: object): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(requestTimeoutMs),
  });
}

async function answered(response: Response, path: string): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text);
}
