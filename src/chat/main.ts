import { type ChatArguments, readArguments, USAGE } from "./arguments.ts";
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
/** How long the start waits for the connection, in milliseconds; without it, commands say so and messages wait. */
const START_MS = 5_000;

async function main(options: ChatArguments): Promise<void> {
  const { url, email } = options;
  const password = options.password ?? (await askPassword(email));
  const signedIn = await signIn(url, email, password);
  const file = StateFile.open(options.stateDirectory, email);

  const { promise: over, resolve: end } = Promise.withResolvers<string | undefined>();
  // One after the other, in the order of the lines, and none before what opens the start; a failed one stops none.
  const begun = Promise.withResolvers<void>();
  let doing = begun.promise;
  const does = (work: () => Promise<void>) => {
    doing = doing.then(work).catch((error: Error) => view.notice(error.message));
    return doing;
  };
  const { to } = options;
  does(() => (to === undefined ? perform("/list", session, view, screen) : openPlace(to, session, view)));
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

  try {
    screen.print(`Signed in as ${plainText(signedIn.user.name)} at ${url}. /help shows what can be said.`);
    session.start();
    await session.connected(START_MS);
    begun.resolve();
    await doing;
    screen.ready();
    const reason = await over;
    await lastWords(session, screen.interactive);
    const { size } = session.outbox;
    if (size > 0) view.notice(`${size} unsent; to be sent when you come back`);
    if (reason !== undefined) throw new Error(reason);
  } finally {
    session.close();
    view.close();
    screen.close();
  }
}

/** Sends what is left. Nobody waits at a terminal for a connection to come back: it stays in the outbox. */
async function lastWords({ outbox, connection }: Session, interactive: boolean): Promise<void> {
  const deadline = Date.now() + LAST_WORDS_MS;
  while (outbox.size > 0 && Date.now() < deadline && (connection.up || !interactive)) {
    if (connection.up) await Promise.race([outbox.pump(), new Promise((r) => setTimeout(r, 500))]);
    else await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

try {
  const options = readArguments(process.argv.slice(2));
  if (options) await main(options);
  else console.log(USAGE);
} catch (error) {
  const { message } = error as Error;
  console.error(/cannot be reached/.test(message) ? `${message}; is the platform up? npm start` : message);
  if ((error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS")) console.error(USAGE);
  process.exitCode = 1;
}
