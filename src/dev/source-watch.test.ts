import { expect, test } from "vitest";
import { concernsServices, concernsWebClient } from "./source-watch.ts";

test.each(["gateway/main.ts", "store/migrations/0002_more.sql", "bus/lua/limit.lua"])(
  "a change of %s starts the services anew",
  (file) => expect(concernsServices(file)).toBe(true),
);

test.each(["gateway/drain.test.ts", "dev/stack.ts", "chat/main.ts", "web/app.ts", "gateway/notes.txt~"])(
  "a change of %s does not",
  (file) => expect(concernsServices(file)).toBe(false),
);

test.each(["web/ui/app.tsx", "web/ui/theme/tokens.css", "web/index.html"])(
  "a change of %s builds the web client anew",
  (file) => expect(concernsWebClient(file)).toBe(true),
);

test.each(["web/engine/state/reduce.test.ts", "gateway/main.ts", "web/notes.txt~"])(
  "a change of %s does not build it",
  (file) => expect(concernsWebClient(file)).toBe(false),
);
