import { parseArgs } from "node:util";

export type ChatArguments = {
  readonly email: string;
  readonly url: string;
  readonly password: string | undefined;
  /** Opened at the start: a person's or a group's name. */
  readonly to: string | undefined;
  /** Where the client keeps its state. */
  readonly stateDirectory: string;
};

export const USAGE = `Usage: npm run chat -- <user> [options]

  <user>              alice, bob or carol (the demo users), or an e-mail address
  --to <name>         open the conversation with this person, or this group
  --url <url>         of a gateway (http://localhost:3000)
  --password <text>   asked for if it is not given and the user is not a demo user
  --state <folder>    where versions and unsent messages are kept (.data)

When the input is not a terminal, each line of it is a message or a command, and the
client ends after the last one has been sent.`;

const DEMO_USERS = new Set(["alice", "bob", "carol"]);
// Printed by npm start: these accounts exist on a demonstration platform only.
const DEMO_PASSWORD = "nexus-demo-1";

/** Reads the command line. Undefined when help was asked for. @throws Error that says what is wrong. */
export function readArguments(argv: readonly string[]): ChatArguments | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      url: { type: "string", default: "http://localhost:3000" },
      password: { type: "string" },
      to: { type: "string" },
      state: { type: "string", default: ".data" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const [user, ...rest] = positionals;
  if (user === undefined || rest.length > 0)
    throw new Error("name one user, for example: npm run chat -- alice");
  if (!URL.canParse(values.url))
    throw new Error(`--url ${values.url} is not a URL; try http://localhost:3000`);
  const email = user.includes("@") ? user : `${user}@example.com`;
  const demo = DEMO_USERS.has(email.replace(/@example\.com$/, ""));
  return {
    email,
    url: values.url.replace(/\/+$/, ""),
    password: values.password ?? (demo ? DEMO_PASSWORD : undefined),
    to: values.to,
    stateDirectory: values.state,
  };
}
