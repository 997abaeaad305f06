import {
  ensureModules,
  ensurePrograms,
  heldSysctls,
  holdSysctls,
  missingModules,
  missingPrograms,
  type Program,
  readSysctl,
} from "@k3s-lab/host";
import type { LabConfig } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import type { HostNetwork } from "../network.js";
import { programsOf } from "../programs.js";

export function programsStep(config: Pick<LabConfig, "host" | "network">): Step {
  const { install } = config.host;
  const programs = programsOf(config);
  return step<readonly Program[]>({
    title: "Find programs",
    observe: async () => missingPrograms(programs),
    plan: (missing) => {
      if (missing.length === 0) return [];
      const packages = [...new Set(missing.map((program) => program.package))].join(", ");
      const run = async ({ progress }: { progress(message: string): void }) =>
        ensurePrograms(missing, { install, note: progress });
      return [{ sentence: `host: install ${packages}`, run }];
    },
  });
}

/** Links and nftables; what a rule needs beyond them, the kernel loads when the rule comes. */
export function modulesStep({ lan }: Pick<HostNetwork, "lan">): Step {
  const modules = [lan.kind === "macvlan" ? "macvlan" : "bridge", "nf_tables"];
  return step<readonly string[]>({
    title: "Load kernel modules",
    observe: async () => missingModules(modules),
    plan: (missing) =>
      missing.length === 0
        ? []
        : [{ sentence: `host: load kernel modules ${missing.join(", ")}`, run: () => ensureModules(missing) }],
  });
}

const forwarding = "net.ipv4.ip_forward";

export function forwardingStep(lab: string): Step {
  return step<{ readonly held: boolean; readonly value: string | undefined }>({
    title: "Forward packets",
    observe: async () => ({ held: forwarding in heldSysctls(lab), value: readSysctl(forwarding) }),
    plan: ({ held, value }) => {
      if (held && value === "1") return [];
      const sentence = value === "1" ? "remember that IPv4 forwarding is on" : "switch IPv4 forwarding on";
      return [{ sentence: `host: ${sentence}`, run: () => holdSysctls(lab, { [forwarding]: "1" }) }];
    },
  });
}
