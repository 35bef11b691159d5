/** `node bench/profile-top.ts FILE.cpuprofile`: where the CPU went, by function and by package. */
import { readFile } from "node:fs/promises";

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  /** Microseconds since the sample before. */
  timeDeltas: number[];
}

const shown = 35;

/** Prints self time of each function and of each package, in ms and as a share of the time not idle. */
async function printTop(file: string): Promise<void> {
  const profile = JSON.parse(await readFile(file, "utf8")) as Profile;
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const functions = new Map<string, number>();
  const packages = new Map<string, number>();
  let busy = 0;
  profile.samples.forEach((id, index) => {
    const frame = frames.get(id);
    if (!frame || frame.functionName === "(idle)") return;
    const ms = (profile.timeDeltas[index] ?? 0) / 1000;
    busy += ms;
    const place = placeOf(frame.url);
    const name = `${frame.functionName || "(anonymous)"}  ${place.file}:${frame.lineNumber + 1}`;
    functions.set(name, (functions.get(name) ?? 0) + ms);
    packages.set(place.package, (packages.get(place.package) ?? 0) + ms);
  });
  for (const [title, times] of [
    ["by package", packages],
    ["by function", functions],
  ] as const) {
    console.log(`${title} (${busy.toFixed(0)} ms busy)`);
    const top = [...times].sort((a, b) => b[1] - a[1]).slice(0, shown);
    for (const [name, ms] of top) {
      console.log(`${ms.toFixed(0).padStart(8)} ms ${((100 * ms) / busy).toFixed(1).padStart(5)}%  ${name}`);
    }
  }
}

function placeOf(url: string): { package: string; file: string } {
  const path = url.replace("file://", "");
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(.*)$/.exec(path);
  if (inPackage) return { package: inPackage[1]!, file: `${inPackage[1]}/${inPackage[2]}` };
  if (path === "") return { package: "(V8: gc, native code)", file: "" };
  if (path.startsWith("node:")) return { package: "node", file: path };
  const room = /\/((?:src|bench)\/[^/]+)\/(.*)$/.exec(path);
  return room ? { package: room[1]!, file: `${room[1]}/${room[2]}` } : { package: "other", file: path };
}

const file = process.argv[2];
if (file) await printTop(file);
else {
  process.stderr.write("usage: node bench/profile-top.ts FILE.cpuprofile\n");
  process.exitCode = 2;
}
