import type { GuardStatus, NodeStatus } from "@k3s-lab/cluster-guard";
import { alignColumns } from "./align-columns.js";

/** Renders the guard of a foreign cluster for a person. */
export function renderGuard({ server, context, state, serviceCidrs, nodes }: GuardStatus): string {
  const what = {
    absent: "no guard; `npm run guard` makes one",
    guarding: `guard for services in ${serviceCidrs?.join(", ")}`,
    removing: "its guard is being removed; run the command again with --remove",
  }[state];
  const rows = nodes.map((node) => [`  ${node.name}`, node.guarded ? "guarded" : "not guarded", detail(node)]);
  return [`${context} (${server}): ${what}`, ...alignColumns(rows)].join("\n");
}

function detail({ faults, guarded, rejected, labGuard }: NodeStatus): string {
  const parts = guarded ? [] : [...faults];
  if (rejected !== undefined) {
    const { tcpReset, hostUnreachable, dropped } = rejected;
    parts.push(`rejected ${tcpReset} TCP, ${hostUnreachable} other${dropped === 0 ? "" : `, dropped ${dropped}`}`);
  }
  if (labGuard) parts.push("it has the guard of a k3s-lab node, too");
  return parts.join("; ");
}
