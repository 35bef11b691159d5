import { isOutage, isTransient, isUniqueViolation, type Sql } from "./client.ts";

export type Failure = "outage" | "conflict" | "other";

/** What postgres.js' Query is to those who carry it out; fragments are never handed to a handler. */
interface Running {
  handler: ((query: Running) => void) & { debug?: unknown };
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/**
 * The pool, with each statement looked at from its call to its answer, in seconds. The library tells neither times
 * nor how much waits, so its queries are taken hold of where they are handed to the pool. Costs 1 µs a statement.
 */
export function observeStatements(
  sql: Sql,
  told: (seconds: number, failure: Failure | undefined) => void,
): { sql: Sql; underWay(): number } {
  let underWay = 0;

  function watch(query: Running): void {
    const { handler } = query;
    const watched = (asked: Running): void => {
      const start = performance.now();
      underWay++;
      const { resolve, reject } = asked;
      const ended = (failure: Failure | undefined) => {
        underWay--;
        told((performance.now() - start) / 1000, failure);
      };
      // Not assigned as they are written: V8 would keep each answer until a full collection, see ADR 0012.
      const succeed = (value: unknown) => {
        ended(undefined);
        resolve(value);
      };
      const fail = (error: unknown) => {
        ended(kindOf(error));
        reject(error);
      };
      asked.resolve = succeed;
      asked.reject = fail;
      handler(asked);
    };
    query.handler = Object.assign(watched, { debug: handler.debug });
  }

  const observed = new Proxy(sql, {
    apply(target, self, args) {
      const made = Reflect.apply(target as (...values: unknown[]) => unknown, self, args);
      if (made instanceof Promise) watch(made as unknown as Running);
      return made;
    },
  });
  return { sql: observed, underWay: () => underWay };
}

function kindOf(error: unknown): Failure {
  if (isOutage(error)) return "outage";
  return isTransient(error) || isUniqueViolation(error) ? "conflict" : "other";
}
