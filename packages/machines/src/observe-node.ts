import { createHash } from "node:crypto";
import type { ServiceManagerName } from "@k3s-lab/service-manager";
import type { Machine } from "./machine.js";
import type { NodeFile } from "./node-files.js";

/** What a machine says of itself. */
export interface NodeFacts {
  /** What its link to the LAN is called; absent where there is none: a macvlan goes with the interface it sits on. */
  readonly link?: string;
  readonly serviceManager: ServiceManagerName;
  /** "10.76.0.11/24" */
  readonly addresses: readonly string[];
  /** "10.76.0.1 dev eth0" */
  readonly defaultRoutes: readonly string[];
  /** What the resolver's file names, whoever wrote it. */
  readonly resolvers: readonly string[];
  /** sha256 by path; nothing for a file that is missing. */
  readonly files: Readonly<Record<string, string>>;
  /** Addresses of neighbours that have told the machine their MAC address. */
  readonly neighbours: readonly string[];
}

/**
 * All of NodeFacts at once, with few processes: it is asked at every run. Arguments: the MAC address of the link, then
 * the files. The `ip` of busybox knows neither JSON nor batches.
 */
const factsScript = `
link=none
for file in /sys/class/net/*/address; do
  read -r mac <$file || continue
  [ "$mac" != "$1" ] || { link=\${file#/sys/class/net/}; link=\${link%/address}; echo "link $link"; break; }
done
shift
seen=$(ip -4 -json -force -batch - 2>/dev/null <<end
address show dev $link
route show default
neighbour show dev $link
end
)
case $seen in
"["*) echo "$seen" ;;
*) ip -4 -o address show dev $link; ip -4 route show default; ip -4 neigh show dev $link ;;
esac 2>/dev/null
[ ! -d /run/openrc ] || echo openrc
while read -r word value rest; do [ "$word" != nameserver ] || echo "resolver $value"; done </etc/resolv.conf
sha256sum -- "$@" 2>/dev/null
true`;

export function factsCommand({ mac }: Pick<Machine, "mac">, files: readonly NodeFile[]): readonly string[] {
  return ["sh", "-c", factsScript, "sh", mac.toLowerCase(), ...files.map((file) => file.path)];
}

interface IpItem {
  /** Of a link. */
  readonly addr_info?: readonly { readonly local?: string; readonly prefixlen?: number }[];
  /** Of a route: "default". */
  readonly dst?: string;
  readonly gateway?: string;
  readonly dev?: string;
  /** Of a neighbour that has answered. */
  readonly lladdr?: string;
}

export function parseFacts(output: string): NodeFacts {
  const lines = output.split("\n");
  const json = lines.filter((line) => line.startsWith("["));
  const items =
    json.length > 0 ? json.flatMap((line) => JSON.parse(line) as readonly IpItem[]) : lines.flatMap(plainItem);
  const link = lines.flatMap((line) => /^link (\S+)$/.exec(line)?.[1] ?? [])[0];
  const sums = lines.map((line) => /^([0-9a-f]{64}) [ *](.+)$/.exec(line)).filter((match) => match !== null);
  return {
    ...(link === undefined ? {} : { link }),
    serviceManager: lines.includes("openrc") ? "openrc" : "systemd",
    neighbours: items.flatMap(({ dst, lladdr }) => (dst === undefined || lladdr === undefined ? [] : [dst])),
    addresses: items.flatMap(({ addr_info = [] }) => addr_info).map(({ local, prefixlen }) => `${local}/${prefixlen}`),
    defaultRoutes: items
      .filter(({ dst }) => dst === "default")
      .map(({ gateway, dev }) => `${gateway ?? "no gateway"} dev ${dev}`),
    resolvers: lines.flatMap((line) => /^resolver (\S+)/.exec(line)?.[1] ?? []),
    files: Object.fromEntries(sums.map(([, sum = "", path = ""]) => [path, sum])),
  };
}

/** A line of `ip` without JSON. */
function plainItem(line: string): readonly IpItem[] {
  const after = (word: string) => new RegExp(`\\b${word} (\\S+)`).exec(line)?.[1];
  if (line.startsWith("default ")) {
    const [gateway, dev] = [after("via"), after("dev")];
    return [{ dst: "default", ...(gateway && { gateway }), ...(dev && { dev }) }];
  }
  const [, local, bits] = /^\d+: \S+ +inet ([\d.]+)\/(\d+)/.exec(line) ?? [];
  if (local !== undefined) return [{ addr_info: [{ local, prefixlen: Number(bits) }] }];
  const dst = /^[\d.]+(?= )/.exec(line)?.[0];
  const lladdr = after("lladdr");
  return dst === undefined || lladdr === undefined ? [] : [{ dst, lladdr }];
}

export interface WantedNode {
  readonly address: string;
  readonly prefixLength: number;
  readonly interface: string;
  readonly gateway: string;
  readonly resolvers: readonly string[];
  readonly files: readonly NodeFile[];
}

/** What is not as it should be, each as the end of a sentence that begins with the machine's name. */
export function differences(wanted: WantedNode, seen: NodeFacts): readonly string[] {
  const address = `${wanted.address}/${wanted.prefixLength}`;
  const route = `${wanted.gateway} dev ${wanted.interface}`;
  const found: string[] = [];
  if (!same(seen.addresses, [address])) found.push(`set address ${address} (seen: ${listed(seen.addresses)})`);
  if (!same(seen.defaultRoutes, [route])) {
    found.push(`set default route via ${route} (seen: ${listed(seen.defaultRoutes)})`);
  }
  if (!same(seen.resolvers, wanted.resolvers)) {
    found.push(`set resolvers ${listed(wanted.resolvers)} (seen: ${listed(seen.resolvers)})`);
  }
  const stale = staleFiles(wanted, seen);
  if (stale.length > 0) found.push(`write ${stale.map((file) => file.path).join(", ")}`);
  return found;
}

export function staleFiles(wanted: WantedNode, seen: NodeFacts): readonly NodeFile[] {
  return wanted.files.filter(({ path, content }) => seen.files[path] !== sha256(content));
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

function listed(values: readonly string[]): string {
  return values.length === 0 ? "none" : values.join(", ");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
