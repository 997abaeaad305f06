import { type Lab } from "@k3s-lab/lab";
import { type Cidr } from "@k3s-lab/ip";
import { Problem } from "@k3s-lab/problem";

/** Below it there is room for what a person adds by hand. */
const firstOffset = 10;

export function gatewayIn(subnet: Cidr): string {
  return subnet.at(1);
}

/**
 * An address for each node: the one that lab.yaml gives, else the one it had, else the next that is free; the server
 * is the first to pick.
 */
export function chooseAddresses(
  { config, file }: Pick<Lab, "config" | "file">,
  subnet: Cidr,
  remembered: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const room = Math.max(0, subnet.size - 3);
  if (config.nodes.length > room) {
    const what = `nodes: ${subnet} has room for ${room}, expected ${config.nodes.length}`;
    throw new Problem("LAB-NET-001", file, what, { remedy: "Name a larger network with network.subnet." });
  }
  const taken = new Map<string, string>();
  const isFree = (address: string) => ![...taken.values()].includes(address);
  for (const { name, address } of config.nodes) if (address !== undefined) taken.set(name, address);
  for (const { name } of config.nodes) {
    const known = remembered[name];
    if (known === undefined || taken.has(name) || !isOrdinary(subnet, known) || !isFree(known)) continue;
    taken.set(name, known);
  }
  const free = offsets(subnet)
    .map((offset) => subnet.at(offset))
    .filter(isFree)
    .values();
  for (const { name } of config.nodes.toSorted((a, b) => order(a.role) - order(b.role))) {
    if (!taken.has(name)) taken.set(name, free.next().value ?? "");
  }
  return Object.fromEntries(config.nodes.map(({ name }) => [name, taken.get(name) ?? ""]));
}

function order(role: "server" | "agent"): number {
  return role === "server" ? 0 : 1;
}

/** From the tenth on, then those before it. No more than a lab can have nodes. */
function offsets(subnet: Cidr): readonly number[] {
  const end = Math.min(subnet.size - 1, 4096);
  const all = Array.from({ length: Math.max(0, end - 2) }, (_, index) => index + 2);
  return [...all.filter((offset) => offset >= firstOffset), ...all.filter((offset) => offset < firstOffset)];
}

/** What was chosen in another network, or before the gateway was what it is now. */
function isOrdinary(subnet: Cidr, address: string): boolean {
  const never = [0, 1, subnet.size - 1].map((offset) => subnet.at(offset));
  return subnet.contains(address) && !never.includes(address);
}
