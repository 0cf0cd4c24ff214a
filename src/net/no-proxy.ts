/**
 * Which hosts are reached without a proxy: `NO_PROXY` as curl reads it (names with their subdomains, addresses, networks such as
 * `10.0.0.0/8`, `*`), and with a port, as Python and undici do.
 */
import { BlockList, isIP } from "node:net";

const DEFAULT_PORTS = new Map([
  ["http:", "80"],
  ["https:", "443"],
]);

/** Whether `list` names the host of an address. What in it cannot be understood names none. */
export function isExempt(url: URL, list: string): boolean {
  const host = bare(url.hostname);
  const port = url.port === "" ? DEFAULT_PORTS.get(url.protocol) : url.port;
  return list.split(/[,\s]+/).some((entry) => entry !== "" && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string | undefined): boolean {
  if (entry === "*") {
    return true;
  }
  // A colon divides off a port unless it is one of several, as in an address of IPv6 without brackets.
  const [, name = entry, wanted] = /^(\[[^\]]*\]|[^:]+):(\d+)$/.exec(entry) ?? [];
  if (wanted !== undefined && Number(wanted) !== Number(port)) {
    return false;
  }
  if (isIP(host) !== 0) {
    return holdsAddress(bare(name), host);
  }
  const domain = bare(name).replace(/^\*?\./, "");
  return domain !== "" && (host === domain || host.endsWith(`.${domain}`));
}

function holdsAddress(entry: string, host: string): boolean {
  const [network = "", bits] = entry.split("/");
  const version = isIP(network);
  if (version === 0 || version !== isIP(host)) {
    return false;
  }
  const family = version === 4 ? "ipv4" : "ipv6";
  const longest = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? longest : /^\d+$/.test(bits) ? Number(bits) : Infinity;
  if (prefix > longest) {
    return false;
  }
  const block = new BlockList();
  block.addSubnet(network, prefix, family);
  return block.check(host, family);
}

/** Small letters, without the brackets of IPv6 and the dot that may end a name. */
function bare(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[([^\]]*)\]/, "$1")
    .replace(/\.$/, "");
}
