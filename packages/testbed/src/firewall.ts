/** What the emulated host does with packets that are not its own. */
export type ForwardPolicy = "accept" | "iptables-drop" | "docker" | "nft-drop";

interface Loading {
  readonly command: string;
  readonly args: readonly string[];
  readonly input: string;
}

/** How the policy is loaded; undefined where nothing is to be done. */
export function firewallOf(policy: ForwardPolicy): Loading | undefined {
  switch (policy) {
    case "accept":
      return undefined;
    case "iptables-drop":
      return { command: "iptables-restore", args: [], input: filterTable([]) };
    case "docker":
      return { command: "iptables-restore", args: [], input: filterTable(dockerRules) };
    case "nft-drop":
      return { command: "nft", args: ["-f", "-"], input: nftRules };
  }
}

function filterTable(rules: readonly string[]): string {
  return ["*filter", ":INPUT ACCEPT", ":FORWARD DROP", ":OUTPUT ACCEPT", ...rules, "COMMIT", ""].join("\n");
}

const dockerRules = [":DOCKER-USER -", "-A FORWARD -j DOCKER-USER", "-A DOCKER-USER -j RETURN"];

const nftRules = `table inet filter {
  chain forward {
    type filter hook forward priority filter; policy drop;
  }
}
`;
