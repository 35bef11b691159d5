/** The files of one build, as a cache of its own: an open page goes on with those it began with. */
interface Extendable {
  waitUntil(work: Promise<unknown>): void;
}

interface Fetching {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

/** As much of a service worker's global as this needs. */
export interface ShellScope {
  readonly caches: CacheStorage;
  readonly location: { readonly origin: string };
  readonly clients: { claim(): Promise<void> };
  fetch(request: Request | string): Promise<Response>;
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: Extendable) => void): void;
  addEventListener(type: "fetch", listener: (event: Fetching) => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
}

interface Shell {
  /** Paths of the files that are kept from the start. */
  files: readonly string[];
  /** Another one for each build. */
  version: string;
}

const prefix = "nexus-shell-";

/**
 * Keeps the shell when it is installed and answers from it. A newer worker waits until the page says `take-over` (its
 * user chose to reload) or all pages are closed; then the older files go.
 */
export function serveShell(scope: ShellScope, { files, version }: Shell): void {
  const name = `${prefix}${version}`;
  const kept = new Set(files);

  scope.addEventListener("install", (event) => {
    event.waitUntil(scope.caches.open(name).then((cache) => cache.addAll([...files])));
  });
  scope.addEventListener("activate", (event) => {
    event.waitUntil(dropOthers(scope.caches, name).then(() => scope.clients.claim()));
  });
  scope.addEventListener("message", ({ data }) => {
    if (data === "take-over") void scope.skipWaiting();
  });
  scope.addEventListener("fetch", (event) => {
    const path = shellPath(event.request, scope.location.origin);
    if (path === undefined) return;
    if (kept.has(path) || path.startsWith("/assets/"))
      event.respondWith(answer(scope, name, path, event.request));
  });
}

/** The path of a request that the shell may answer: the page itself, and files without a query. */
function shellPath(request: Request, origin: string): string | undefined {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== origin) return undefined;
  if (request.mode === "navigate") return url.pathname === "/" ? "/" : undefined;
  return url.search === "" ? url.pathname : undefined;
}

async function answer(scope: ShellScope, name: string, path: string, request: Request): Promise<Response> {
  const cache = await scope.caches.open(name);
  const known = await cache.match(path);
  if (known) return known;
  const response = await scope.fetch(request);
  // What is fetched later (the emoji, say) works without a network from then on.
  if (response.ok && path.startsWith("/assets/")) await cache.put(path, response.clone());
  return response;
}

async function dropOthers(caches: CacheStorage, name: string): Promise<void> {
  const names = await caches.keys();
  await Promise.all(
    names.filter((each) => each.startsWith(prefix) && each !== name).map((each) => caches.delete(each)),
  );
}
