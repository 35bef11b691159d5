/**
 * How Node is started for the servers. Left alone, V8 lets the space for new objects grow to 48 MB under a burst of
 * connects and never gives it back: with 5,000 idle connections 33 KB for each, with this 16 KB, and the RSS of a
 * gateway under load is a third less, at the same CPU for a message (4 and 2 MB cost 4 to 10% more). See ADR 0012.
 */
export const nodeFlags: readonly string[] = ["--max-semi-space-size=8"];
