import type { LabConfig, MachineProvider, NodeConfig } from "@k3s-lab/lab";

/** What lab:init asks, or reads from a Vagrantfile: the part of a lab.yaml that it writes. */
export interface Answers {
  readonly name: string;
  readonly nodes: readonly NodeConfig[];
  readonly driver: MachineProvider | "auto";
  /** Of virtual machines; megabytes. */
  readonly box: string;
  readonly cpus: number;
  readonly memory: number;
  readonly mode: LabConfig["network"]["mode"];
  /** "auto", or as lab.yaml writes it. */
  readonly subnet: string;
  readonly uplink: string;
  readonly interface: string;
  readonly gateway: string;
  readonly nameservers: readonly string[];
  readonly version: string;
}

/** Returns the answers that a configuration stands for. */
export function answersOf({ name, nodes, machines, network, cluster }: LabConfig): Answers {
  const { provider, vagrant } = machines;
  return {
    name,
    nodes,
    driver: provider === "vagrant" ? vagrant.provider : provider,
    box: vagrant.box,
    cpus: vagrant.cpus,
    memory: vagrant.memory,
    mode: network.mode,
    subnet: String(network.subnet),
    uplink: network.uplink,
    interface: network.interface,
    gateway: network.gateway,
    nameservers: network.nameservers,
    version: cluster.version,
  };
}

/** A key of lab.yaml and its value; undefined where it is to be absent. */
export interface Setting {
  readonly path: readonly string[];
  readonly value: string | number | readonly string[] | undefined;
}

/** Returns every key of lab.yaml but `nodes` that answers decide, in the file's order. */
export function settingsOf(answers: Answers): readonly Setting[] {
  const { driver } = answers;
  const isVagrant = driver === "virtualbox" || driver === "libvirt";
  const isBridged = answers.mode === "bridged";
  const vagrant = (key: string, value: string | number): Setting => ({
    path: ["machines", "vagrant", key],
    value: isVagrant ? value : undefined,
  });
  const network = (key: string, value: Setting["value"], counts = true): Setting => ({
    path: ["network", key],
    value: counts ? value : undefined,
  });
  return [
    { path: ["name"], value: answers.name },
    { path: ["machines", "provider"], value: isVagrant ? "vagrant" : driver },
    vagrant("provider", driver),
    vagrant("box", answers.box),
    vagrant("cpus", answers.cpus),
    vagrant("memory", answers.memory),
    network("mode", answers.mode),
    network("subnet", answers.subnet),
    network("uplink", answers.uplink, !isBridged),
    network("interface", answers.interface, isBridged),
    network("gateway", answers.gateway, isBridged),
    network("nameservers", answers.nameservers),
    { path: ["cluster", "version"], value: answers.version },
  ];
}

/** Keys that would do nothing with these answers, and that lab.yaml must not have then. */
export function idleKeys({ driver, mode }: Answers): readonly (readonly string[])[] {
  const isVagrant = driver === "virtualbox" || driver === "libvirt" || driver === "auto";
  const isDocker = driver === "docker" || driver === "auto";
  return [
    ...(isVagrant ? [] : [["machines", "vagrant"]]),
    ...(isDocker ? [] : [["machines", "docker"]]),
    ...(mode === "bridged"
      ? [["network", "uplink"]]
      : [
          ["network", "interface"],
          ["network", "gateway"],
          ["network", "addresses"],
        ]),
  ];
}

/** Returns the nodes of these names. One that is there already keeps its address; where as many stay, they are renamed. */
export function namedNodes(
  before: readonly NodeConfig[],
  server: string,
  agents: readonly string[],
): readonly NodeConfig[] {
  const wasServer = before.find(({ role }) => role === "server");
  const wereAgents = before.filter(({ role }) => role !== "server");
  const renamed = wereAgents.length === agents.length;
  const agentNamed = (name: string, index: number): NodeConfig => ({
    ...(wereAgents.find((node) => node.name === name) ?? (renamed ? wereAgents[index] : undefined)),
    name,
    role: "agent",
  });
  return [{ ...wasServer, name: server, role: "server" }, ...agents.map(agentNamed)];
}

/** Returns the nodes without their addresses, which belong to another network. */
export function withoutAddresses(nodes: readonly NodeConfig[]): readonly NodeConfig[] {
  return nodes.map(({ address: _address, ...node }) => node);
}

/** Names so many agents: those that are there, then agent1, agent2 and so on, none of them taken. */
export function agentNames(count: number, before: readonly NodeConfig[], server: string): readonly string[] {
  const names = before.filter(({ role }) => role !== "server").map(({ name }) => name);
  const kept = names.filter((name) => name !== server).slice(0, count);
  for (let number = 1; kept.length < count; number++) {
    const name = `agent${number}`;
    if (name !== server && !kept.includes(name)) kept.push(name);
  }
  return kept;
}
