import * as z from "zod";
import { Message } from "./message.ts";

/** Where in `content` something was found, in UTF-16 code units, as JavaScript's `slice` counts. */
export const Highlight = z.object({ start: z.int(), end: z.int() });
export type Highlight = z.infer<typeof Highlight>;

/** An element of GET /messages/search. */
export const SearchHit = Message.extend({
  highlights: z.array(Highlight).describe("in order, not overlapping"),
}).meta({ id: "SearchHit" });
export type SearchHit = z.infer<typeof SearchHit>;
