import { existsSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { listFolder, readText } from "@k3s-lab/host";
import type { RouteParts } from "@k3s-lab/ip";
import { type Step, step } from "@k3s-lab/steps";
import { waysOut } from "../lab-table.js";
import { routingTable } from "../names.js";
import type { PrivateNetwork } from "../network.js";
import { hostActions } from "./host-actions.js";

const networkd = {
  settings: "/etc/systemd/networkd.conf.d",
  /** Holds a folder of additions for each file that configures links. */
  links: "/etc/systemd/network",
  /** Has a file for each link while it runs. */
  linkStates: "/run/systemd/netif/links",
} as const;

const notice = "# Written by k3s-lab for its own rules and routes; lab:down removes this file.\n";

/** By default every rule and route that systemd-networkd has not made is removed when it starts. */
const settings = `${notice}[Network]
ManageForeignRoutes=no
ManageForeignRoutingPolicyRules=no
`;

/** The lab's files for systemd-networkd: contents by path. */
type Files = Readonly<Record<string, string>>;

/**
 * Where systemd-networkd runs, which restarts whenever systemd is upgraded: has it leave the lab's rules and routes alone,
 * and make the routes that lead out, which the kernel drops while networkd sets a link's address again. networkd reads
 * this at its next start, and is not restarted for it.
 */
export function keepRoutesStep(lab: string, network: PrivateNetwork): Step {
  return step<{ readonly wanted: Files; readonly seen: Files }>({
    id: "keep-routes",
    title: "Keep routes",
    observe: async () => {
      const seen = ownFiles(lab);
      // Between its end and its next start it reports nothing about links.
      return { wanted: listFolder(networkd.linkStates).length > 0 ? wantedFiles(lab, network) : seen, seen };
    },
    plan: ({ wanted, seen }) => {
      const written = Object.keys(wanted).filter((path) => wanted[path] !== seen[path]);
      const removed = Object.keys(seen).filter((path) => wanted[path] === undefined);
      const what = "let systemd-networkd keep the lab's rules and routes when it restarts";
      return hostActions([
        {
          when: written.length > 0,
          kind: "change",
          sentence: `${what} (${written.join(", ")})`,
          run: async () => {
            for (const path of written) {
              mkdirSync(dirname(path), { recursive: true });
              writeFileSync(path, wanted[path] ?? "");
            }
          },
        },
        {
          when: removed.length > 0,
          kind: "remove",
          sentence: `remove ${removed.join(", ")}`,
          run: async () => removeFiles(removed),
        },
      ]);
    },
  });
}

/** Returns the files for systemd-networkd that a lab has on the host, by path. */
export function ownFiles(lab: string): Files {
  const name = `k3s-lab-${lab}.conf`;
  const folders = listFolder(networkd.links).filter((each) => each.endsWith(".network.d"));
  const paths = [networkd.settings, ...folders.map((each) => join(networkd.links, each))].map((dir) => join(dir, name));
  return Object.fromEntries(paths.flatMap((path) => (existsSync(path) ? [[path, readText(path) ?? ""]] : [])));
}

/** Removes files, and their folders where nothing else is in them. */
export function removeFiles(paths: readonly string[]): void {
  for (const path of paths) {
    rmSync(path, { force: true });
    if (listFolder(dirname(path)).length === 0) rmdirSync(dirname(path));
  }
}

function wantedFiles(lab: string, network: PrivateNetwork): Files {
  const out = waysOut(network);
  const links = [...new Set(out.flatMap(({ dev }) => dev ?? []))];
  const additions = links.flatMap((link) => {
    const file = fileConfiguring(link);
    if (file === undefined) return [];
    const routes = out.filter(({ dev }) => dev === link).map((route) => routeSection(route, routingTable(lab)));
    return [[join(networkd.links, `${file}.d`, `k3s-lab-${lab}.conf`), `${notice}${routes.join("")}`] as const];
  });
  return { [join(networkd.settings, `k3s-lab-${lab}.conf`)]: settings, ...Object.fromEntries(additions) };
}

/** Returns the name of the file by which systemd-networkd configures a link; undefined where it leaves the link alone. */
function fileConfiguring(link: string): string | undefined {
  const index = readText(`/sys/class/net/${link}/ifindex`)?.trim() ?? "";
  const path = /^NETWORK_FILE=(.+)$/m.exec(readText(join(networkd.linkStates, index)) ?? "")?.[1];
  return path === undefined ? undefined : basename(path);
}

/** Renders a route as systemd-networkd reads it. */
function routeSection({ dst, gateway, scope, flags }: RouteParts, table: string): string {
  const lines = [
    "[Route]",
    `Destination=${dst === "default" ? "0.0.0.0/0" : dst}`,
    gateway && `Gateway=${gateway}`,
    flags?.includes("onlink") && "GatewayOnLink=yes",
    scope && `Scope=${scope}`,
    `Table=${table}`,
  ];
  return `\n${lines.filter(Boolean).join("\n")}\n`;
}
