/** The client process of the benchmark: does what main.ts asks over IPC, and ends with it. */
import { type Commands, handlers } from "./commands.ts";

interface Request<C extends keyof Commands = keyof Commands> {
  id: number;
  command: C;
  args: Commands[C]["args"];
}

process.on("message", (request: Request) => {
  const handle = handlers[request.command] as (args: unknown) => Promise<unknown>;
  handle(request.args).then(
    (result) => process.send?.({ id: request.id, result }),
    (error) => process.send?.({ id: request.id, error: String(error?.stack ?? error) }),
  );
});
process.once("disconnect", () => process.exit(0));
// The parent decides: a Ctrl-C in the terminal must not take the client from under a run that is being ended.
process.on("SIGINT", () => {});
