/**
 * A TCP proxy to the Kubernetes API that breaks connections when told by signal, so that what an operator does about it
 * can be seen. Runs in a pod from one file, with Node alone.
 *   SIGUSR2  resets every connection
 *   SIGHUP   from now on nothing passes over the connections that are open, and nobody is told
 */
import { connect, createServer, type Socket } from "node:net";

const [host, port] = [process.env.KUBERNETES_SERVICE_HOST, Number(process.env.KUBERNETES_SERVICE_PORT)];
const open = new Set<readonly [Socket, Socket]>();

createServer((near) => {
  const far = connect(port, String(host));
  const pair = [near, far] as const;
  open.add(pair);
  near.pipe(far);
  far.pipe(near);
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    one.on("error", () => {});
    one.on("close", () => {
      open.delete(pair);
      other.destroy();
    });
  }
}).listen(6443);

process.on("SIGUSR2", () => {
  console.log(`reset ${open.size} connections`);
  for (const [near, far] of open) {
    near.resetAndDestroy();
    far.destroy();
  }
});
process.on("SIGHUP", () => {
  console.log(`${open.size} connections carry nothing any more`);
  for (const [near, far] of open) {
    near.unpipe(far);
    far.unpipe(near);
    near.resume();
    far.resume();
  }
});
