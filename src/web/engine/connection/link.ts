import type { WireError } from "../../../protocol/errors.ts";

/** The acknowledgement of a client event. */
export type Answer<T = unknown> =
  | { readonly ok: true; readonly data: T }
  | { readonly ok: false; readonly error: WireError };

/** The way to a gateway: this tab's own socket, or that of the tab which leads. */
export interface Link {
  readonly up: boolean;
  /** The acknowledgement; undefined when none came in time or there is no connection. */
  ask<T>(event: string, payload: unknown, timeout?: number): Promise<Answer<T> | undefined>;
  /** Needs no answer; nothing happens without a connection. */
  tell(event: string, payload: unknown): void;
}
