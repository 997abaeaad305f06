import { findFaults } from "@k3s-lab/lab/parse-config";

/** Most agents that a person is taken to mean. */
const mostAgents = 99;

/** Returns what is wrong with one value of lab.yaml, as a sentence for a person who is being asked; undefined where nothing is. */
function faultOf(data: object, path: string): string | undefined {
  const [fault] = findFaults(data);
  return fault?.message.replace(`${path}: `, "");
}

export function checkName(name: string): string | undefined {
  return faultOf({ name }, "name");
}

export function checkVersion(version: string): string | undefined {
  return faultOf({ cluster: { version } }, "cluster.version");
}

export function checkServerName(name: string): string | undefined {
  return faultOf({ nodes: [{ name, role: "server" }] }, "nodes.0.name");
}

export function checkMemory(memory: string): string | undefined {
  return wholeNumber(memory) ?? faultOf(vagrantWith({ memory: Number(memory) }), "machines.vagrant.memory");
}

export function checkCpus(cpus: string): string | undefined {
  return wholeNumber(cpus) ?? faultOf(vagrantWith({ cpus: Number(cpus) }), "machines.vagrant.cpus");
}

function vagrantWith(vagrant: object): object {
  return { machines: { provider: "vagrant", vagrant }, network: { mode: "bridged" } };
}

export function checkAgentCount(count: string): string | undefined {
  return (
    wholeNumber(count) ?? (Number(count) <= mostAgents ? undefined : `must be from 0 to ${mostAgents}, seen ${count}`)
  );
}

function wholeNumber(text: string): string | undefined {
  if (/^\d{1,9}$/.test(text.trim())) return undefined;
  return `expected a whole number, seen ${text.trim() === "" ? "nothing" : text.trim()}`;
}

/** Splits names that are separated by commas or spaces. */
export function splitNames(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

export function checkAgentNames(text: string, server: string, count: number): string | undefined {
  const names = splitNames(text);
  if (names.length !== count) return `expected ${count} name${count === 1 ? "" : "s"}, seen ${names.length}`;
  for (const [index, name] of names.entries()) {
    const fault = checkServerName(name);
    if (fault !== undefined) return `${name}: ${fault.replace(/, seen .*/, "")}`;
    if (name === server) return `${name} is the server's name`;
    if (names.indexOf(name) !== index) return `${name} is there twice`;
  }
  return undefined;
}
