import { spawnSync } from "node:child_process";

/**
 * Whether Debian's Prometheus is there. Where it is not, and we may install packages (as root on Debian), it is
 * installed; else false, and the tests that need it are left out and say so.
 */
export function hasPrometheus(): boolean {
  const there = () =>
    spawnSync("prometheus", ["--version"]).status === 0 && spawnSync("promtool", ["--version"]).status === 0;
  if (there()) return true;
  if (process.getuid?.() === 0 && spawnSync("apt-get", ["--version"]).status === 0) {
    const options = { timeout: 180_000, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
    spawnSync("apt-get", ["update"], options);
    spawnSync("apt-get", ["install", "-y", "--no-install-recommends", "prometheus"], options);
    if (there()) return true;
  }
  process.stdout.write(
    "left out: there is no Prometheus here (as root on Debian it is installed by itself)\n",
  );
  return false;
}
