import { readRuleset, type Ruleset } from "@k3s-lab/guard";
import { missingPrograms } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import { readIptablesFilter } from "./firewall/iptables.js";
import { readLegacyFilter } from "./firewall/legacy.js";
import type { Host } from "./probe/host.js";
import { probeHost } from "./probe/probe-host.js";

/** What all steps look at. Read once, each part by one process, and again after an action has changed it. */
export class HostView {
  #host: Promise<Host> | undefined;
  #ruleset: Promise<Ruleset> | undefined;
  #legacy: Promise<readonly string[]> | undefined;
  #iptables: Promise<readonly string[]> | undefined;

  host(): Promise<Host> {
    return (this.#host ??= probeHost());
  }

  ruleset(): Promise<Ruleset> {
    return (this.#ruleset ??= readFirewall());
  }

  /** Lines of iptables-save of the older kind, which nft does not see. */
  legacyFilter(): Promise<readonly string[]> {
    return (this.#legacy ??= readLegacyFilter());
  }

  /** Lines of iptables-save: the comments in them, by which a lab knows its own, nft does not tell. */
  iptablesFilter(): Promise<readonly string[]> {
    return (this.#iptables ??= this.ruleset().then(readIptablesFilter));
  }

  /** Starts all that a run without changes reads, at the same time. */
  prefetch(): void {
    // A failure is said by whoever asks for the value.
    for (const reading of [this.host(), this.ruleset(), this.legacyFilter()]) reading.catch(() => {});
  }

  forget(): void {
    this.#host = undefined;
    this.#ruleset = undefined;
    this.#legacy = undefined;
    this.#iptables = undefined;
  }
}

async function readFirewall(): Promise<Ruleset> {
  if (process.getuid?.() !== 0) {
    throw new Problem("LAB-NET-013", "host", "the host's side of the LAN needs root, and this is another user", {
      remedy: 'Run it again with sudo env "PATH=$PATH".',
    });
  }
  const missing = missingPrograms([{ name: "nft", package: "nftables", why: "" }]).length > 0;
  return missing ? { tables: [], chains: [], rules: [] } : readRuleset();
}
