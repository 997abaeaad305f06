import type { Lab } from "@k3s-lab/lab";
import type { Part } from "../part.js";
import { driverParts } from "./driver-parts.js";
import { outputOf } from "./output.js";
import { partOf } from "./script.js";

/** Variables whose values tell how commands behave; of all others only the names are told. */
const telling =
  /^(PATH|LANG|LC_\w+|TERM|CI|SHELL|.*_proxy|.*_PROXY|K3S_LAB_\w+|DOCKER_\w+|KUBECONFIG|VAGRANT_\w+|SUDO_[UG]ID|GO[A-Z]+|NODE_\w+|SSL_CERT_\w+|XDG_\w+|TMPDIR)$/;

export function hostParts(lab: Pick<Lab, "id" | "config" | "state">, version: string): readonly Part[] {
  const part = (path: string, what: string, section: string): Part => ({
    path,
    what,
    gather: (signal) => outputOf(partOf("host", section, lab.id), { signal }),
  });
  return [
    {
      path: "versions.txt",
      what: "versions of k3s-lab, Node.js, the kernel and programs",
      gather: async (signal) =>
        `k3s-lab ${version}\nNode.js ${process.version} ${process.platform} ${process.arch}\n\n${await outputOf(partOf("host", "versions"), { signal })}`,
    },
    {
      path: "environment.txt",
      what: "names of variables, and values of those that matter",
      gather: async () =>
        Object.entries(process.env)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, value = ""]) => (telling.test(name) ? `${name}=${value}` : `${name} is set`))
          .join("\n"),
    },
    part("host/system.txt", "load, memory, disks, cgroups, kernel modules", "system"),
    part("host/network.txt", "links, addresses, rules and routes", "network"),
    part("host/firewall.txt", "the lab's nftables, and the names of others", "firewall"),
    part("host/resolvers.txt", "what resolves names", "resolvers"),
    ...driverParts(lab),
  ];
}
