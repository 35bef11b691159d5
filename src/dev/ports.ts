import { freePort, isPortFree } from "../engines/free-port.ts";

/** Where the parts of the stack listen. */
export interface StackPorts {
  gateways: readonly number[];
  metrics: readonly number[];
  workerMetrics: number;
}

// The gateways of a stack that was killed the hard way need a moment to go.
const waitMs = 8_000;
const pollMs = 200;

/**
 * The ports of `count` gateways and a worker, counted up from `first` and `firstMetrics`. Throws with what to do when one
 * of them stays taken for 8 s.
 */
export async function stackPorts(
  count: number,
  host: string,
  first: number,
  firstMetrics: number,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<StackPorts> {
  const numbers = Array.from({ length: count }, (_, index) => index);
  const ports = {
    gateways: numbers.map((n) => first + n),
    metrics: numbers.map((n) => firstMetrics + n),
    workerMetrics: firstMetrics + count,
  };
  const wanted = [...ports.gateways, ...ports.metrics, ports.workerMetrics];
  let taken = await takenOf(wanted, host);
  if (taken.length > 0) print(`waiting for port ${taken.join(", ")}`);
  const deadline = performance.now() + waitMs;
  while (taken.length > 0 && performance.now() < deadline && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    taken = await takenOf(wanted, host);
  }
  if (taken.length > 0) {
    throw new Error(
      `${taken.length === 1 ? "Port" : "Ports"} ${taken.join(", ")} ${taken.length === 1 ? "is" : "are"} taken. ` +
        "Perhaps Nexus runs already in another terminal: stop it there with Ctrl-C. " +
        `Or use other ports: PORT=${first + 1000} METRICS_PORT=${firstMetrics + 100} npm start`,
    );
  }
  return ports;
}

async function takenOf(ports: readonly number[], host: string): Promise<number[]> {
  const free = await Promise.all(ports.map((port) => isPortFree(port, host)));
  return ports.filter((_, index) => !free[index]);
}

/** `preferred` if it is free, so that addresses stay the same from day to day, else any free port. */
export async function preferredPort(preferred: number): Promise<number> {
  return (await isPortFree(preferred)) ? preferred : await freePort();
}
