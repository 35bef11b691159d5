import { expect, test } from "vitest";
import { concernsServices } from "./source-watch.ts";

test.each(["gateway/main.ts", "store/migrations/0002_more.sql", "bus/lua/limit.lua"])(
  "a change of %s starts the services anew",
  (file) => expect(concernsServices(file)).toBe(true),
);

test.each(["gateway/drain.test.ts", "dev/stack.ts", "chat/main.ts", "web/app.ts", "gateway/notes.txt~"])(
  "a change of %s does not",
  (file) => expect(concernsServices(file)).toBe(false),
);
