import { freePort, isPortFree } from "../engines/free-port.ts";

/** Where the parts of the stack listen. */
export interface StackPorts {
  gateways: readonly number[];
  metrics: readonly number[];
}

/**
 * The ports of `count` gateways, counted up from `first` and `firstMetrics`. Throws with what to do when one
 * of them is taken.
 */
export async function gatewayPorts(
  count: number,
  host: string,
  first: number,
  firstMetrics: number,
): Promise<StackPorts> {
  const numbers = Array.from({ length: count }, (_, index) => index);
  const ports = { gateways: numbers.map((n) => first + n), metrics: numbers.map((n) => firstMetrics + n) };
  const taken: number[] = [];
  for (const port of [...ports.gateways, ...ports.metrics]) {
    if (!(await isPortFree(port, host))) taken.push(port);
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

/** `preferred` if it is free, so that addresses stay the same from day to day, else any free port. */
export async function preferredPort(preferred: number): Promise<number> {
  return (await isPortFree(preferred)) ? preferred : await freePort();
}
