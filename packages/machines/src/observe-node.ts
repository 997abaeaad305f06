import { createHash } from "node:crypto";
import type { NodeFile } from "./node-files.js";

/** What a machine says of itself. */
export interface NodeFacts {
  /** "10.76.0.11/24" */
  readonly addresses: readonly string[];
  /** "10.76.0.1 dev eth0" */
  readonly defaultRoutes: readonly string[];
  /** What the resolver's file names, whoever wrote it. */
  readonly resolvers: readonly string[];
  /** sha256 by path; nothing for a file that is missing. */
  readonly files: Readonly<Record<string, string>>;
}

/** One process in the machine that gives all of NodeFacts. Arguments: the link, then the files. */
export const factsScript = `
link=$1; shift
ip -4 -json address show dev "$link" || echo '[]'
ip -4 -json route show default || echo '[]'
echo "resolvers $(sed -n 's/^nameserver *//p' /etc/resolv.conf 2>/dev/null | tr '\\n' ' ')"
sha256sum -- "$@" 2>/dev/null || true
`;

export function factsCommand(link: string, files: readonly NodeFile[]): readonly string[] {
  return ["sh", "-c", factsScript, "sh", link, ...files.map((file) => file.path)];
}

interface IpAddress {
  readonly addr_info?: readonly { readonly local?: string; readonly prefixlen?: number }[];
}
interface IpRoute {
  readonly gateway?: string;
  readonly dev?: string;
}

export function parseFacts(output: string): NodeFacts {
  const [addresses = "[]", routes = "[]", resolvers = "", ...sums] = output.split("\n").filter((line) => line !== "");
  return {
    addresses: (JSON.parse(addresses) as IpAddress[])
      .flatMap((link) => link.addr_info ?? [])
      .map(({ local, prefixlen }) => `${local}/${prefixlen}`),
    defaultRoutes: (JSON.parse(routes) as IpRoute[]).map(({ gateway, dev }) => `${gateway ?? "no gateway"} dev ${dev}`),
    resolvers: resolvers.split(" ").filter((word) => word !== "" && word !== "resolvers"),
    files: Object.fromEntries(
      sums.map((line) => {
        const [sum = "", path = ""] = line.split(/\s+/, 2);
        return [path, sum];
      }),
    ),
  };
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
