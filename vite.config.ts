import { createHash } from "node:crypto";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build, defineConfig, type Plugin } from "vite";

const built = fileURLToPath(new URL("dist/web", import.meta.url));
const worker = fileURLToPath(new URL("src/web/service-worker/main.ts", import.meta.url));

/** What is larger is kept by the service worker when it is first used, not from the start. */
const SHELL_FILE_LIMIT = 300_000;
const COMPRESSED = /\.(js|css|svg|json|webmanifest)$/;
const SMALLEST_COMPRESSED = 1024;

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/** The service worker, as one classic script that knows the files of this build. */
async function buildServiceWorker(): Promise<void> {
  const hash = createHash("sha256");
  const shell = ["/"];
  for (const file of await filesIn(built)) {
    const content = await readFile(join(built, file));
    hash.update(file).update(content);
    const wanted = /\.(js|css|webmanifest|svg)$|-latin-wght.*\.woff2$/.test(file);
    if (wanted && content.length < SHELL_FILE_LIMIT) shell.push(`/${file}`);
  }
  await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    define: {
      __SHELL__: JSON.stringify(shell),
      __SHELL_VERSION__: JSON.stringify(hash.digest("hex").slice(0, 12)),
    },
    build: {
      outDir: built,
      emptyOutDir: false,
      lib: { entry: worker, formats: ["iife"], name: "serviceWorker", fileName: () => "service-worker.js" },
    },
  });
}

/** Beside each text file its compressed forms, so that the gateway compresses nothing while it serves. */
async function compress(): Promise<void> {
  for (const file of await filesIn(built)) {
    const path = join(built, file);
    if (!COMPRESSED.test(file) || (await stat(path)).size < SMALLEST_COMPRESSED) continue;
    const source = await readFile(path);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
    await writeFile(`${path}.br`, await promisify(brotliCompress)(source, { params }));
    await writeFile(`${path}.gz`, await promisify(gzip)(source, { level: 9 }));
  }
}

/** Of emojibase's data what the picker uses; skin tones and code points are four fifths of it. */
function fewerEmoji(): Plugin {
  return {
    name: "nexus:fewer-emoji",
    enforce: "pre",
    transform: {
      filter: { id: /emojibase-data\/en\/compact\.json$/ },
      handler(json) {
        const all = JSON.parse(json) as {
          unicode: string;
          label: string;
          group?: number;
          order?: number;
          tags?: string[];
        }[];
        const kept = all.map(({ unicode, label, group, order, tags }) => ({
          unicode,
          label,
          group,
          order,
          tags,
        }));
        return { code: JSON.stringify(kept), map: null };
      },
    },
  };
}

function afterwards(): Plugin {
  return {
    name: "nexus:afterwards",
    apply: "build",
    async closeBundle(error) {
      if (error) return;
      await buildServiceWorker();
      await compress();
    },
  };
}

// The web client (`npm run build:web`): src/web → dist/web, which the gateway serves at /.
export default defineConfig({
  root: "src/web",
  cacheDir: "../../node_modules/.vite",
  plugins: [fewerEmoji(), afterwards()],
  build: {
    outDir: built,
    emptyOutDir: true,
    // Nothing is inlined as data: the Content-Security-Policy allows scripts and styles of our own files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      // Libraries mark their components for servers that render React; there is none here.
      onLog(level, log, handler) {
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") handler(level, log);
      },
    },
  },
});
