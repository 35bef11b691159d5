import type { TargetName } from "../client/dialect.ts";
import type { Options } from "../options.ts";
import { startStack } from "../run/stack.ts";
import { signalledScope } from "../run/stop-on-signal.ts";
import type { Outcome } from "./figure.ts";
import { profileDir } from "./output.ts";

/** Many clients come back in the same moment, each with messages missed; some rounds of it. */
export async function reconnect(options: Options, target: TargetName): Promise<Outcome> {
  await using scope = signalledScope();
  const { clients, missed, rounds, size } = options;
  const stack = await startStack(scope, target, {
    gateways: 2,
    users: 2 * clients,
    groupMembers: 0,
    ...profileDir(options),
  });
  const results = await stack.ask(
    "reconnect",
    { site: stack.site, target, clients, missed, rounds, size },
    (60_000 + 90_000) * rounds + clients * missed * rounds,
  );
  const lasts = results.map((result) => result.time.max);
  const ordered = lasts.toSorted((a, b) => a - b);
  const failures = results.flatMap((result) =>
    result.firstFailure === undefined ? [] : [result.firstFailure],
  );
  return {
    title: `reconnect: ${clients} clients at once, ${missed} missed messages each, ${rounds} rounds`,
    figures: [
      {
        name: "last one consistent (median of rounds)",
        value: ordered[Math.floor(ordered.length / 2)]!,
        unit: "ms",
      },
      {
        name: "last one consistent (each round)",
        value: lasts.map((ms) => ms.toFixed(0)).join(", "),
        unit: "ms",
      },
      { name: "half of them consistent (last round)", value: results.at(-1)!.time.p50, unit: "ms" },
      { name: "clients with all, once", value: Math.min(...results.map((result) => result.consistent)) },
      { name: "clients with all, in order", value: Math.min(...results.map((result) => result.inOrder)) },
    ],
    remarks: failures.slice(0, 1),
  };
}
