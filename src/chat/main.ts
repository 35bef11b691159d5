import { type ChatArguments, readArguments, USAGE } from "./arguments.ts";
import { Refused } from "./http.ts";
import { openPlace, perform } from "./perform.ts";
import { plainText } from "./plain-text.ts";
import { Screen } from "./screen.ts";
import { Session } from "./session.ts";
import { askPassword, signIn } from "./sign-in.ts";
import { StateFile } from "./state-file.ts";
import { View } from "./view.ts";

// npm run chat -- alice: a terminal client on the platform's public protocol.

/** What is still unsent when the input ends gets so long to be sent, in milliseconds; then it stays in the outbox. */
const LAST_WORDS_MS = 10_000;

async function main(options: ChatArguments): Promise<void> {
  const { url, email } = options;
  const password = options.password ?? (await askPassword(email));
  const signedIn = await signIn(url, email, password);
  const file = StateFile.open(options.stateDirectory, email);

  const { promise: over, resolve: end } = Promise.withResolvers<string | undefined>();
  // One command after the other, in the order of the lines; a failed one does not stop those behind it.
  let doing: Promise<void> = Promise.resolve();
  const does = (work: () => Promise<void>) => {
    doing = doing.then(work).catch((error: Error) => view.notice(error.message));
    return doing;
  };
  const screen = new Screen(
    {
      onLine: (line) => void does(() => perform(line, session, view, screen)).then(() => screen.ready()),
      onTyping: (text) => session.typing(text !== "" && !text.startsWith("/")),
      onEnd: () => void doing.then(() => end(undefined)),
    },
    !process.env.NO_COLOR,
  );
  const view = new View(screen);
  const session = new Session(
    { url, file, view, signIn: () => signIn(url, email, password), onEnd: (reason) => end(reason) },
    signedIn,
  );
  process.once("SIGTERM", () => end(undefined));

  screen.print(`Signed in as ${plainText(signedIn.user.name)} at ${url}. /help shows what can be said.`);
  await session.book.refresh();
  session.start();
  const { to } = options;
  await does(() =>
    to === undefined ? perform("/list", session, view, screen) : openPlace(to, session, view),
  );
  screen.ready();

  const reason = await over;
  await lastWords(session);
  if (session.outbox.size > 0)
    view.notice(`${session.outbox.size} unsent; they will be sent when you come back`);
  session.close();
  view.close();
  screen.close();
  if (reason !== undefined) throw new Error(reason);
}

async function lastWords({ outbox, connection }: Session): Promise<void> {
  const deadline = Date.now() + LAST_WORDS_MS;
  while (outbox.size > 0 && Date.now() < deadline) {
    if (connection.up) await Promise.race([outbox.pump(), new Promise((r) => setTimeout(r, 500))]);
    else await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

try {
  const options = readArguments(process.argv.slice(2));
  if (options) await main(options);
  else console.log(USAGE);
} catch (error) {
  const { message, cause } = error as Error & { cause?: Error };
  const hint = error instanceof Refused || !cause ? "" : ` (${cause.message}); is the platform up? npm start`;
  console.error(`${message}${hint}`);
  if ((error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS")) console.error(USAGE);
  process.exitCode = 1;
}
