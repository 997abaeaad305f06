// What this project renders for examples/seed/lab.yaml on the seed's host, by the very functions that lab:up uses.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withBlock } from "../../../packages/host/src/hosts-file.js";
import { formatKubeconfig } from "@k3s-lab/kube";
import { configFiles, environmentFile } from "../../../packages/cluster/src/config/node-files.js";
import { decideHostNetwork, type Host } from "../../../packages/host-network/src/index.js";
import { parseConfig } from "../../../packages/lab/src/parse-config.js";
import { decideMachines } from "../../../packages/machines/src/decide-machines.js";
import { guestFiles } from "../../../packages/machines/src/drivers/vagrant/guest/guest-files.js";
import { vagrantFiles } from "../../../packages/machines/src/drivers/vagrant/vagrant-files.js";
import { hostsFile } from "../../../packages/machines/src/node-files.js";
import { renderRegistry } from "../../../packages/registry/src/manifest.js";
import { registriesPath, registriesYaml } from "../../../packages/registry/src/registries-yaml.js";
import { decideRegistry } from "../../../packages/registry/src/registry.js";
import { root } from "./original.js";

const file = "examples/seed/lab.yaml";
const id = "5eed00";

/** A laptop on the seed's LAN, by Wi-Fi. */
const host: Host = {
  links: [
    { name: "lo", kind: "loopback", up: true, carrier: true, mtu: 65536, addresses: ["127.0.0.1/8"] },
    {
      name: "wlp5s0",
      kind: "wifi",
      up: true,
      carrier: true,
      mtu: 1500,
      mac: "52:54:00:00:00:17",
      addresses: ["192.168.1.17/24"],
    },
  ],
  routes: [
    { dst: "default", type: "unicast", table: "main", metric: 0, dev: "wlp5s0", gateway: "192.168.1.1", flags: [] },
    { dst: "192.168.1.0/24", type: "unicast", table: "main", metric: 0, dev: "wlp5s0", scope: "link", flags: [] },
  ],
  rules: [],
  nameservers: ["192.168.1.1"],
  lacks: [],
};

/** What machines of the default box, Alpine, tell of themselves once they run. */
const told = { interface: "eth1", serviceManager: "openrc" } as const;

/** The text of each file, by its name in the table. */
export function renderSeed(): ReadonlyMap<string, string> {
  const yaml = readFileSync(join(root, file), "utf8");
  const config = parseConfig(yaml, file);
  const network = decideHostNetwork({ id, config, file }, host);
  const foreseen = decideMachines({ id, config, file }, network);
  const machines = { ...foreseen, machines: foreseen.machines.map((machine) => ({ ...machine, ...told })) };
  const { vagrant } = machines;
  if (vagrant === undefined || network.lan.kind !== "virtualbox") throw new Error("the seed's lab is VirtualBox's");
  const registry = decideRegistry(config, machines.machines);
  const registries = registriesYaml(registry, { mirrors: {}, configs: new Map() });
  const contributed = [
    { path: registriesPath, content: registries, mode: 0o600, keys: [], isReadAtStart: true },
  ] as const;
  const { podCidr, serviceCidr, clusterDns, resolvers } = network;
  const server = `https://${network.addresses["multi"] ?? ""}:6443`;
  const cluster = { sha256: "0".repeat(64), server, podCidr, serviceCidr, clusterDns };
  const files = new Map<string, string>([[file, yaml]]);
  for (const machine of machines.machines) {
    const settings = { disable: [], flags: {}, toldToAgents: {}, proxies: {}, authorities: [] };
    const desired = { machine, cluster, resolvers, contributed, labId: id, ...settings };
    const guest = { ...machine, gateway: network.gateway, resolvers };
    const all = [...guestFiles(guest), hostsFile(id, machines), ...configFiles(desired), environmentFile(desired, [])];
    for (const { path, content } of all) files.set(`${machine.name}: ${path}`, content);
  }
  const plan = { labId: id, ...vagrant, ...machines, bridge: network.lan.interface };
  for (const { path, content } of vagrantFiles(plan)) files.set(`host: .lab/vagrant/${path}`, content);
  files.set("host: /etc/hosts", withBlock("", id, [{ address: network.addresses["multi"] ?? "", names: ["multi"] }]));
  files.set(
    "host: kubeconfig",
    formatKubeconfig(config.name, { server, ca: "ca", certificate: "certificate", key: "key" }),
  );
  const [deployment, service] = renderRegistry(config.registry.image, registry);
  files.set("cluster: Deployment kube-registry", flatten(deployment).join("\n"));
  files.set("cluster: Service kube-registry", flatten(service).join("\n"));
  return files;
}

/** "spec.ports.0.port = 5000", a line a value. */
function flatten(value: unknown, path = ""): readonly string[] {
  if (typeof value !== "object" || value === null) return [`${path} = ${String(value)}`];
  return Object.entries(value).flatMap(([key, inner]) => flatten(inner, path === "" ? key : `${path}.${key}`));
}
