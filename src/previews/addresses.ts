/**
 * Which addresses a page may be fetched from. What a message links to is chosen by a stranger, and the worker stands
 * within the cluster: of its own networks, of the machine and of the cloud's metadata (169.254.169.254) it may reach
 * nothing for them. Listed is what is special by IANA's registries; of IPv6 only what is given out to the public counts.
 */
import { BlockList, isIP, isIPv4 } from "node:net";

const special: readonly [string, number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10], // carriers' own, and some clouds' services
  ["127.0.0.0", 8],
  ["169.254.0.0", 16], // link-local: metadata
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.31.196.0", 24],
  ["192.52.193.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["192.175.48.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
/** Within 2000::/3, which is the public part: what leads elsewhere, or nowhere. */
const specialV6: readonly [string, number][] = [
  ["2001::", 23], // protocols, Teredo among them
  ["2001:db8::", 32],
  ["2002::", 16], // 6to4: an IPv4 address within
  ["2620:4f:8000::", 48],
  ["3fff::", 20],
  ["5f00::", 16],
];

const refused = new BlockList();
for (const [network, bits] of special) refused.addSubnet(network, bits, "ipv4");
for (const [network, bits] of specialV6) refused.addSubnet(network, bits, "ipv6");
const publicV6 = new BlockList();
publicV6.addSubnet("2000::", 3, "ipv6");

/** Networks as "10.1.0.0/16" or single addresses. @throws Error that names what is none. */
export function parseNetworks(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (isIP(address) === 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits)))
      throw new Error(`LINK_PREVIEW_NETWORKS: ${network} is no network such as 10.1.0.0/16`);
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** Whether an address is one of the public internet. What is no address is not. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !refused.check(address, "ipv4");
  // BlockList judges ::ffff:a.b.c.d by its IPv4 rules, which the public part of IPv6 does not hold anyway.
  return isIP(address) === 6 && publicV6.check(address, "ipv6") && !refused.check(address, "ipv6");
}

/** Whether it is in one of the networks that the operator has named. */
export function isNamed(address: string, networks: BlockList): boolean {
  const family = isIP(address);
  return family !== 0 && networks.check(address, family === 6 ? "ipv6" : "ipv4");
}
