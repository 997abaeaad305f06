import type { LabConfig } from "./config.js";
import { contains, overlaps, parseCidr } from "./cidr.js";

/** What is wrong with a configuration whose types are right, and the key it is about. */
export interface Finding {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Everything that one key alone cannot show: names taken twice, addresses outside the subnet, overlaps. */
export function checkConfig(config: LabConfig): readonly Finding[] {
  return [
    ...roles(config),
    ...twice(config, "name"),
    ...twice(config, "address"),
    ...networks(config),
    ...directory(config),
  ];
}

function roles(config: LabConfig): Finding[] {
  const servers = config.nodes.filter((node) => node.role === "server").length;
  return servers === 1
    ? []
    : [{ path: ["nodes"], message: `nodes: exactly one node must have role: server, seen ${servers}` }];
}

function twice(config: LabConfig, key: "name" | "address"): Finding[] {
  return config.nodes.flatMap((node, index) => {
    const first = config.nodes.findIndex((other) => other[key] !== undefined && other[key] === node[key]);
    if (first === -1 || first === index) return [];
    return [{ path: ["nodes", index, key], message: `nodes.${index}.${key}: ${node[key]} is taken by nodes.${first}` }];
  });
}

function networks(config: LabConfig): Finding[] {
  const { subnet } = config.network;
  const { podCidr, serviceCidr } = config.cluster;
  const given = (
    [
      [["network", "subnet"], subnet],
      [["cluster", "podCidr"], podCidr],
      [["cluster", "serviceCidr"], serviceCidr],
    ] as const
  ).filter(([, cidr]) => cidr !== "auto");
  const findings: Finding[] = given.flatMap(([path, cidr], index) =>
    given
      .slice(0, index)
      .filter(([, other]) => overlaps(parseCidr(cidr), parseCidr(other)))
      .map(([otherPath, other]) => ({
        path: [...path],
        message: `${path.join(".")}: ${cidr} overlaps ${otherPath.join(".")} ${other}`,
      })),
  );
  if (subnet === "auto") {
    config.nodes.forEach((node, index) => {
      if (node.address === undefined) return;
      const path = ["nodes", index, "address"];
      findings.push({
        path,
        message: `nodes.${index}.address: needs network.subnet, expected a network that holds ${node.address}`,
      });
    });
    return findings;
  }
  const network = parseCidr(subnet);
  config.nodes.forEach((node, index) => {
    if (node.address === undefined) return;
    const path = ["nodes", index, "address"];
    if (!contains(network, node.address)) {
      findings.push({ path, message: `nodes.${index}.address: ${node.address} is outside network.subnet ${subnet}` });
    }
  });
  return findings;
}

function directory(config: LabConfig): Finding[] {
  if (config.cluster.source !== "directory" || config.cluster.directory !== undefined) return [];
  return [
    { path: ["cluster", "source"], message: "cluster.directory: is missing, expected the folder that holds k3s" },
  ];
}
