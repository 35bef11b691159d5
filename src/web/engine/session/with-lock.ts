/**
 * Does one thing at a time among all tabs. Browsers give locks to pages that came by HTTPS or from localhost only;
 * elsewhere tabs do not wait for one another.
 */
export async function withLock<T>(name: string, act: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  return locks ? (locks.request(name, act) as Promise<T>) : act();
}
