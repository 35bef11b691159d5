import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Beside each text file its compressed forms, so that the gateway compresses nothing while it serves. */
function compressed(): Plugin {
  return {
    name: "nexus:compressed",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        for (const [fileName, file] of Object.entries(bundle)) {
          if (!/\.(js|css|svg|json|webmanifest)$/.test(fileName)) continue;
          const source = Buffer.from(file.type === "chunk" ? file.code : file.source);
          if (source.length < 1024) continue;
          const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
          this.emitFile({
            type: "asset",
            fileName: `${fileName}.br`,
            source: brotliCompressSync(source, { params }),
          });
          this.emitFile({
            type: "asset",
            fileName: `${fileName}.gz`,
            source: gzipSync(source, { level: 9 }),
          });
        }
      },
    },
  };
}

// The web client (`npm run build:web`): src/web → dist/web, which the gateway serves at /.
export default defineConfig({
  root: "src/web",
  cacheDir: "../../node_modules/.vite",
  plugins: [compressed()],
  build: {
    outDir: "../../dist/web",
    emptyOutDir: true,
    // Nothing is inlined as data: the Content-Security-Policy allows scripts and styles of our own files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
