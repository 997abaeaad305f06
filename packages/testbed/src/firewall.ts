/** What the emulated host does with packets that are not its own. */
export type ForwardPolicy = "accept" | "iptables-drop" | "docker" | "nft-drop";

interface Loading {
  readonly command: string;
  readonly args: readonly string[];
  readonly input: string;
}

/** How each policy is loaded; undefined where nothing is to be done. */
export const firewalls: Readonly<Record<ForwardPolicy, Loading | undefined>> = {
  accept: undefined,
  "iptables-drop": filterTable([]),
  docker: filterTable([":DOCKER-USER -", "-A FORWARD -j DOCKER-USER", "-A DOCKER-USER -j RETURN"]),
  "nft-drop": {
    command: "nft",
    args: ["-f", "-"],
    input: `table inet filter {
  chain forward {
    type filter hook forward priority filter; policy drop;
  }
}
`,
  },
};

function filterTable(rules: readonly string[]): Loading {
  const lines = ["*filter", ":INPUT ACCEPT", ":FORWARD DROP", ":OUTPUT ACCEPT", ...rules, "COMMIT", ""];
  return { command: "iptables-restore", args: [], input: lines.join("\n") };
}
