import { checkServerName } from "../check-answer.js";
import type { VagrantMachine } from "./read-vagrantfile.js";
import type { Tell } from "./vagrant-settings.js";

/** Returns a node's name for each machine: its host name's first part, made a DNS label. */
export function namesOf(machines: readonly VagrantMachine[], note: Tell): readonly string[] {
  const names: string[] = [];
  for (const { name, hostname, line } of machines) {
    const said = hostname?.value ?? name;
    const label = (said.split(".")[0] ?? "")
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, "-")
      .replaceAll(/^-+|-+$/g, "")
      .slice(0, 63);
    const wanted = checkServerName(label) === undefined ? label : `node-${label}`.replace(/-$/, "");
    let free = wanted;
    for (let number = 2; names.includes(free); number++) free = `${wanted}-${number}`;
    if (free !== said)
      note(hostname?.line ?? line, `${said} becomes ${free}: a node's name is a DNS label, and no other node's`);
    names.push(free);
  }
  return names;
}

/** Returns the index of the machine that becomes the server. */
export function serverOf(machines: readonly VagrantMachine[], note: Tell): number {
  const isNamed = ({ name, hostname }: VagrantMachine) =>
    /(^|[^a-z]|k[38]s)(server|master|control)|(^|[^a-z])cp([^a-z]|$)/i.test(`${name} ${hostname?.value ?? ""}`);
  const servers = machines.filter(isNamed);
  const [second] = servers.slice(1);
  if (second !== undefined) note(second.line, "a lab has one server: the first is it, and the others become agents");
  const primary = machines.findIndex(({ isPrimary }) => isPrimary);
  const found = machines.findIndex(isNamed);
  if (found !== -1 || primary !== -1) return found === -1 ? primary : found;
  if (machines.length > 1) note(machines[0]?.line ?? 1, "no machine is called a server: the first becomes it");
  return 0;
}
