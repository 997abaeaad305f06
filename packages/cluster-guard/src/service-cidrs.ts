import { BlockList, isIP } from "node:net";
import type { KubeNode } from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";
import type { ClusterApi } from "./cluster-api.js";

/** Addresses for documentation. No cluster has them in its range; should one have the first, it lacks the next. */
const impossible = {
  IPv4: ["192.0.2.1", "198.51.100.1"],
  IPv6: ["2001:db8::1", "3fff::1"],
} as const;

/** Finds the ranges of the services' addresses: the cluster's ServiceCIDRs, or what it answers to an impossible address. */
export async function findServiceCidrs(api: ClusterApi): Promise<readonly string[]> {
  const told = await api.serviceCidrs();
  if (told?.length) return [...new Set(told)];
  const found: string[] = [];
  for (const family of ["IPv4", "IPv6"] as const) {
    for (const address of impossible[family]) {
      const complaint = await api.complaintAbout(address, family);
      if (complaint !== undefined) {
        found.push(...rangesIn(complaint));
        break;
      }
    }
  }
  if (found.length > 0) return found;
  throw new Problem("LAB-GRD-016", api.target.connection.server, "does not tell its service CIDR", {
    remedy: "Give it by --service-cidr: it is what kube-apiserver has as --service-cluster-ip-range.",
  });
}

/** Reads the ranges in an answer of kube-apiserver, which tells them in no other form: "The range of valid IPs is 10.43.0.0/16". */
export function rangesIn(complaint: string): readonly string[] {
  const ranges = [...complaint.matchAll(/range of valid IPs is ([0-9a-fA-F.:]+\/\d+)/g)].map(([, cidr = ""]) => cidr);
  return [...new Set(ranges)];
}

/** Reads a list as a user writes it: "10.43.0.0/16,fd00:43::/112". */
export function parseServiceCidrs(text: string): readonly string[] {
  const cidrs = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const wrong = cidrs.find((cidr) => !isCidr(cidr));
  if (cidrs.length > 0 && wrong === undefined) return cidrs;
  throw new Problem("LAB-GRD-017", "--service-cidr", `expected CIDRs such as 10.43.0.0/16, seen: ${wrong ?? "none"}`);
}

/** Throws a Problem for a range that would cut off the nodes themselves. */
export function checkServiceCidrs(cidrs: readonly string[], nodes: readonly KubeNode[]): void {
  for (const cidr of cidrs) {
    if (!isCidr(cidr))
      throw new Problem("LAB-GRD-018", "service CIDR", `expected a network such as 10.43.0.0/16, seen: ${cidr}`);
    const [network = "", bits] = cidr.split("/");
    const range = new BlockList();
    range.addSubnet(network, Number(bits), familyOf(network));
    for (const { metadata, status } of nodes) {
      const inside = (status?.addresses ?? []).find(
        ({ address }) => isIP(address) !== 0 && range.check(address, familyOf(address)),
      );
      if (inside !== undefined) {
        throw new Problem(
          "LAB-GRD-019",
          metadata.name,
          `its own address ${inside.address} is in the service CIDR ${cidr}: once guarded, it could no longer be reached`,
          { remedy: "Give the cluster's service CIDR by --service-cidr." },
        );
      }
    }
  }
}

function isCidr(text: string): boolean {
  const [address = "", bits = "", ...more] = text.split("/");
  const version = isIP(address);
  const most = version === 6 ? 128 : 32;
  return version !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= most;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}
