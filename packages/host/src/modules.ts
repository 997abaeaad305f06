import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { run } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";
import { readText } from "./read-text.js";

/** Where the kernel's configuration calls a module otherwise than by its name. */
const configNames: Readonly<Record<string, string>> = {
  br_netfilter: "BRIDGE_NETFILTER",
  ip_tables: "IP_NF_IPTABLES",
  iptable_filter: "IP_NF_FILTER",
  iptable_nat: "IP_NF_NAT",
  overlay: "OVERLAY_FS",
  xt_comment: "NETFILTER_XT_MATCH_COMMENT",
  xt_conntrack: "NETFILTER_XT_MATCH_CONNTRACK",
  xt_mark: "NETFILTER_XT_MARK",
  xt_MASQUERADE: "NETFILTER_XT_TARGET_MASQUERADE",
};

const script = fileURLToPath(new URL("../shell/load-module.sh", import.meta.url));

/**
 * What a module turns on for every network as soon as it is loaded. It stays off for the host, as before: frames between
 * the ports of other software's bridges would go through its firewall. Nodes have values of their own (since Linux 5.3),
 * which stay on. Where the module was loaded already, nothing is changed.
 */
const switchedOn: Readonly<Record<string, readonly string[]>> = {
  br_netfilter: ["iptables", "ip6tables", "arptables"].map((what) => `/proc/sys/net/bridge/bridge-nf-call-${what}`),
};

/** Loads what is neither built in nor loaded yet: containers cannot. Names what stays missing (exit code 3). */
export async function ensureModules(names: readonly string[]): Promise<void> {
  const refused: string[] = [];
  for (const name of missingModules(names)) {
    const loaded = await run("sh", [script, name, ...(switchedOn[name] ?? [])]).catch(() => undefined);
    if (loaded === undefined) refused.push(name);
  }
  if (refused.length === 0) return;
  throw new Problem(
    "LAB-HST-003",
    "host",
    `its kernel ${release()} lacks ${refused.join(", ")}, built in or as a module`,
    {
      remedy: `Run: sudo apt-get install -y kmod linux-modules-extra-$(uname -r) or linux-image-$(uname -r), then: sudo modprobe -a ${refused.join(" ")}`,
    },
  );
}

/** Finds the modules that the kernel neither has built in nor has loaded. Reads files only. */
export function missingModules(names: readonly string[], root = "/"): string[] {
  const loaded = (name: string) => existsSync(`${root}sys/module/${name.replaceAll("-", "_")}`);
  const rest = names.filter((name) => !loaded(name));
  if (rest.length === 0) return [];
  const builtIn = new Set([...fileSystems(root), ...builtinModules(root)]);
  const after = rest.filter((name) => !builtIn.has(name));
  if (after.length === 0) return [];
  const config = kernelConfig(root);
  return after.filter((name) => !config.includes(`\nCONFIG_${configNames[name] ?? name.toUpperCase()}=y\n`));
}

function fileSystems(root: string): string[] {
  return (readText(`${root}proc/filesystems`) ?? "").split("\n").map((line) => line.split("\t")[1] ?? "");
}

function builtinModules(root: string): string[] {
  const list = readText(`${root}lib/modules/${release()}/modules.builtin`) ?? "";
  return [...list.matchAll(/([^/\n]+)\.ko$/gm)].map((match) => (match[1] ?? "").replaceAll("-", "_"));
}

/** Reads the kernel's configuration: without modules, a kernel has no list of what is built in. */
function kernelConfig(root: string): string {
  try {
    return gunzipSync(readFileSync(`${root}proc/config.gz`)).toString();
  } catch {
    return readText(`${root}boot/config-${release()}`) ?? "";
  }
}
