import { userId } from "./identity.ts";
import { Link, type LinkListener } from "./link.ts";
import { accessToken } from "./token.ts";

/** Where and as whom the links connect. */
export interface Site {
  /** The gateways' ports. */
  ports: readonly number[];
  secret: string;
}

// Enough to keep a gateway busy while it accepts, few enough that no accept queue overflows.
const atOnce = 64;

/** Opens link `index` to gateway number `gateway`; `ready` tells when it can be used. */
export function openLink(site: Site, index: number, gateway: number, listener: LinkListener): Link {
  const user = userId(index);
  const identity = { token: accessToken(user, site.secret), deviceId: `bench-${index}` };
  return new Link(index, site.ports[gateway % site.ports.length]!, identity, listener);
}

/** Opens links 0 … count - 1, a few dozen at a time; rejects with the first failure. */
export async function openFleet(
  site: Site,
  count: number,
  gatewayOf: (link: number) => number,
  listener: LinkListener,
): Promise<Link[]> {
  const links: Link[] = [];
  async function lane(): Promise<void> {
    while (links.length < count) {
      const index = links.length;
      const link = openLink(site, index, gatewayOf(index), listener);
      links.push(link);
      await link.ready;
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, lane));
  return links;
}
