import { addressees, type Lab } from "@k3s-lab/lab";
import { type Cidr } from "@k3s-lab/ip";
import { Problem } from "@k3s-lab/problem";
import { assignAddresses } from "./assign-addresses.js";

/** Below it there is room for what a person adds by hand. */
const firstOffset = 10;

export function gatewayIn(subnet: Cidr): string {
  return subnet.at(1);
}

/** Chooses an address in the lab's own subnet for each node, and for several servers together. */
export function chooseAddresses(
  { config, file }: Pick<Lab, "config" | "file">,
  subnet: Cidr,
  remembered: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const all = addressees(config);
  const room = Math.max(0, subnet.size - 3);
  const nothingLeft = () => {
    const what = `nodes: ${subnet} has room for ${room}, expected ${all.length}`;
    return new Problem("LAB-NET-001", file, what, { remedy: "Name a larger network with network.subnet." });
  };
  if (all.length > room) throw nothingLeft();
  // What was chosen in another network, or before the gateway was what it is now, is not kept.
  const never = [0, 1, subnet.size - 1].map((offset) => subnet.at(offset));
  return assignAddresses(all, {
    remembered,
    mayKeep: (address) => subnet.contains(address) && !never.includes(address),
    candidates: offsets(subnet).map((offset) => subnet.at(offset)),
    nothingLeft,
  });
}

/** Lists the offsets to pick: from the tenth on, then those before it. No more than a lab can have nodes. */
function offsets(subnet: Cidr): readonly number[] {
  const end = Math.min(subnet.size - 1, 4096);
  const all = Array.from({ length: Math.max(0, end - 2) }, (_, index) => index + 2);
  return [...all.filter((offset) => offset >= firstOffset), ...all.filter((offset) => offset < firstOffset)];
}
