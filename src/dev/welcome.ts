import { demoPassword, demoUsers } from "./seed.ts";
import type { Stack } from "./stack.ts";

/** What a newcomer reads when everything runs: what is where, and what to try next. */
export function welcome(
  stack: Pick<Stack, "gateways" | "stores">,
  demo: "seeded" | "there" | "none",
): string {
  const [first, second] = stack.gateways;
  const people = `${demoUsers.map((name) => `${name}@example.com`).join(", ")}; password ${demoPassword}`;
  const login = `curl -s ${first?.url}/auth/login -H 'content-type: application/json' \\
      -d '{"email":"alice@example.com","password":"${demoPassword}"}'`;
  return [
    "",
    "Nexus is running.",
    "",
    ...stack.gateways.map(({ name, url, metricsUrl }) => `  ${name}   ${url}   metrics ${metricsUrl}`),
    "  worker      jobs in the background",
    `  truth       ${stack.stores.postgres}`,
    `  wake-ups    ${stack.stores.redis}`,
    ...(demo === "none"
      ? ["  demo users  not created: DATABASE_URL is not on this machine (npm start -- --seed creates them)"]
      : [`  demo users  ${people}`]),
    "",
    `Open ${first?.url} and ${second?.url} in two browsers, or two profiles of one, and sign in.`,
    "",
    "Try next, each in a terminal of its own:",
    "",
    `  npm run chat -- alice${first?.url === "http://localhost:3000" ? "" : ` --url ${first?.url}`}`,
    `  npm run chat -- bob --url ${second?.url}`,
    `  ${login}`,
    "",
    `The REST interface is described at ${first?.url}/docs`,
    "",
    "Ctrl-C stops everything; messages are kept.",
    "",
  ].join("\n");
}
