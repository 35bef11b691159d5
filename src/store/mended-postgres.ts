/**
 * postgres.js 3.4.9 with its connection mended. As it is, a pool does not survive the death of Postgres under
 * load: of seven runs of killed-postgres.pg.test.ts four stood still for ever; mended, of eight none. When a
 * socket is lost (`closed` in its connection.js):
 *
 * - what waits to be written and its timer stay: the next start-up packet is appended to it and never sent, so
 *   this connection answers nothing but CONNECT_TIMEOUT from then on;
 * - statements that came between the socket's `error` and its `close` are never answered;
 * - half an answer stays: the next statement's rows are put behind it, or its error is told to the wrong one;
 * - a write after the loss throws in a timer, where nobody can catch it.
 *
 * And while a socket is not lost but silent (a node that died, a network that was cut), a statement waits until
 * the kernel gives up, after a quarter of an hour: here a connection that hears nothing for `statement_timeout`
 * and two seconds, while an answer is due, is ended. The wait is counted in looks, not by the clock, so that a
 * process that was paused finds what came meanwhile before it judges.
 *
 * Besides, a connection whose server answers 25006 is ended as one that has become too old: that server was the
 * primary and takes no writes any more, and what answers at the same address now does. And a goodbye that the
 * other side does not answer, since it is stopped or cut off, is not waited for: the pool would lack a place.
 *
 * And a statement's functions are not assigned as they are written: V8 puts a function literal that is assigned to a
 * property straight into the old generation, and with it, until the next full collection, all that it closes over,
 * here parameters and answers. At 2,500 messages a second a gateway's old space grew by 5 MB a second, and every few
 * seconds a full collection held deliveries up for a third of a second.
 *
 * Upstream: porsager/postgres #1133, #1142, #1208, #1209, #1215, #1216, open in November 2026. Only the CommonJS
 * half is mended, here and in memory; who imports "postgres" itself gets it as it is, which is enough for
 * `migrate` and for tests.
 */
import type postgres from "postgres";
import { loadMended, type Mend, mend } from "../mending/load-mended.ts";

const connection: readonly Mend[] = [
  [
    "    const x = socket.write(chunk, fn)\n",
    `    if (!socket) {
      chunk = nextWriteTimer = null
      error(Errors.connection('CONNECTION_CLOSED', options))
      return false
    }
    const x = socket.write(chunk, fn)
`,
  ],
  [
    "    clearImmediate(nextWriteTimer)\n    socket.removeListener('data', data)\n",
    "    clearImmediate(nextWriteTimer)\n    chunk = nextWriteTimer = null\n    socket.removeListener('data', data)\n",
  ],
  [
    "    !hadError && (query || sent.length) && error(Errors.connection('CONNECTION_CLOSED', options, socket))\n",
    `    ;(query || sent.length) && error(Errors.connection('CONNECTION_CLOSED', options, socket))
    query = results = errorResponse = null
    result = new Result()
    rows = 0
`,
  ],
  [
    "      keep_alive && socket.setKeepAlive && socket.setKeepAlive(true, 1000 * keep_alive)\n",
    `      keep_alive && socket.setKeepAlive && socket.setKeepAlive(true, 1000 * keep_alive)
      const limit = options.connection.statement_timeout
      if (limit) {
        const watched = socket
        let silent = 0
        watched.on('data', () => silent = 0)
        const look = setInterval(() => {
          if (watched.destroyed) return clearInterval(look)
          silent = query || sent.length ? silent + 500 : 0
          silent > limit + 2000 && watched.destroy(Errors.connection('ETIMEDOUT', options, watched))
        }, 500)
        look.unref()
      }
`,
  ],
  [
    "      errorResponse = Errors.postgres(parseError(x))\n",
    `      errorResponse = Errors.postgres(parseError(x))
      errorResponse.code === '25006' && end()
`,
  ],
  [
    "      socket.readyState === 'open' && socket.end(b().X().end())\n",
    `      const leaving = socket
      socket.readyState === 'open' && socket.end(b().X().end())
      setTimeout(() => leaving.destroy(), 2000).unref()
`,
  ],
];

const query: readonly Mend[] = [
  [
    `    this.resolve = x => (this.active = false, resolve(x))
    this.reject = x => (this.active = false, reject(x))
`,
    `    const succeed = x => (this.active = false, resolve(x))
    const fail = x => (this.active = false, reject(x))
    this.resolve = succeed
    this.reject = fail
`,
  ],
];

const advice =
  "postgres.js is not 3.4.9: pin that version in package.json, or see with killed-postgres.pg.test.ts " +
  "whether the new one loses its connections properly and then do without src/store/mended-postgres.ts.";

/**
 * The library's connection.js with all mends.
 * @throws Error when it is not the one that they were written for.
 */
export function mendConnection(source: string): string {
  return mend(source, connection, advice);
}

/** What `import postgres from "postgres"` is, mended. */
export const mendedPostgres = loadMended({
  library: "postgres",
  files: { "query.js": query, "connection.js": connection },
  advice,
}) as typeof postgres;
