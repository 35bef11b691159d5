/**
 * The service worker: the app's own files from a cache, so that it opens at once and without a network, and pushes.
 * It never touches what people write: requests to the gateway's routes pass by.
 */
import { routePush, type Worker } from "./push-routing.ts";
import { type ShellScope, serveShell } from "./shell-cache.ts";

declare const __SHELL__: readonly string[];
declare const __SHELL_VERSION__: string;

const scope = globalThis as unknown as Worker & ShellScope;
serveShell(scope, { files: __SHELL__, version: __SHELL_VERSION__ });
routePush(scope);
