import { addressAt, type Cidr, contains, exitCode, formatCidr, type Lab, Problem, sizeOf } from "@k3s-lab/lab";

/** Below it there is room for what a person adds by hand. */
const firstOffset = 10;

export function gatewayIn(subnet: Cidr): string {
  return addressAt(subnet, 1);
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
  refuseSpecial(config.nodes, subnet, file);
  const room = Math.max(0, sizeOf(subnet) - 3);
  if (config.nodes.length > room) {
    const what = `network.subnet: ${formatCidr(subnet)} has room for ${room} nodes, expected ${config.nodes.length}`;
    throw new Problem(file, what, { remedy: "Choose a larger network.", exitCode: exitCode.usage });
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
    .map((offset) => addressAt(subnet, offset))
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
  const end = Math.min(sizeOf(subnet) - 1, 4096);
  const all = Array.from({ length: Math.max(0, end - 2) }, (_, index) => index + 2);
  return [...all.filter((offset) => offset >= firstOffset), ...all.filter((offset) => offset < firstOffset)];
}

function isOrdinary(subnet: Cidr, address: string): boolean {
  return contains(subnet, address) && special(subnet, address) === undefined;
}

function special(subnet: Cidr, address: string): string | undefined {
  if (address === addressAt(subnet, 0)) return "the network itself";
  if (address === gatewayIn(subnet)) return "the host's, as the nodes' gateway";
  return address === addressAt(subnet, sizeOf(subnet) - 1) ? "the broadcast address" : undefined;
}

function refuseSpecial(nodes: Lab["config"]["nodes"], subnet: Cidr, file: string): void {
  nodes.forEach(({ address }, index) => {
    const what = address === undefined ? undefined : special(subnet, address);
    if (what === undefined) return;
    throw new Problem(file, `nodes.${index}.address: ${address} is ${what} in ${formatCidr(subnet)}`, {
      remedy: "Give the node another address, or none: one is picked.",
      exitCode: exitCode.usage,
    });
  });
}
