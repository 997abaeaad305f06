import { Problem } from "@k3s-lab/problem";
import type { Machine } from "./machine.js";

type Role = Pick<Machine, "name" | "role">;

/** Refuses what K3s cannot do with machines that are made: an agent does not become a server, and etcd does not become SQLite. */
export function refuseOtherRoles(file: string, wanted: readonly Role[], was: readonly Role[]): void {
  for (const { name, role } of wanted) {
    const before = was.find((each) => each.name === name)?.role;
    if (before === undefined || before === role) continue;
    throw new Problem("LAB-MCH-025", name, `was made as ${one(before)}, and ${file} has it as ${one(role)}`, {
      remedy: `Give the ${role} a name of its own; or take ${name} out, run \`npm run lab:up\`, and put it in again.`,
    });
  }
  const [count, before] = [serversIn(wanted), serversIn(was)];
  if (count > 1 || before <= 1) return;
  throw new Problem("LAB-MCH-026", file, `nodes: has one server, and the lab was made with ${before}`, {
    remedy:
      "K3s cannot go back from etcd to the store of a single server: write three servers again; or save what you need, run `npm run lab:down`, then `npm run lab:up`.",
  });
}

function one(role: Machine["role"]): string {
  return role === "server" ? "a server" : "an agent";
}

function serversIn(machines: readonly Role[]): number {
  return machines.filter(({ role }) => role === "server").length;
}
