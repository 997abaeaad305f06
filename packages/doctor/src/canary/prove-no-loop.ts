import { readFile } from "node:fs/promises";
import { clusterRecord } from "@k3s-lab/cluster";
import { run } from "@k3s-lab/exec";
import { ensurePrograms, type Program } from "@k3s-lab/host";
import { hostNetworkRecord, probeHost } from "@k3s-lab/host-network";
import { isVif } from "@k3s-lab/ip";
import { openApiOf } from "@k3s-lab/kube";
import { type Lab } from "@k3s-lab/lab";
import { asRoot, machinesRecord, openDriver } from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";
import type { Diagnosed } from "../rule.js";
import { canaryFindings, notMade } from "./findings.js";
import type { Cause, SourceReport, Verdict } from "./judge.js";
import { labSources } from "./lab-sources.js";
import { canaryLink } from "./names.js";
import { runCanary } from "./run-canary.js";
import { unusedAddress } from "./unused-address.js";

export interface CanaryReport {
  readonly verdict: Verdict;
  readonly causes: readonly Cause[];
  readonly sources: readonly SourceReport[];
  readonly findings: readonly Diagnosed[];
  /** The service address that was used; absent where the experiment could not be made. */
  readonly target?: string | undefined;
  readonly milliseconds: number;
}

const programs: readonly Program[] = [
  { name: "ip", package: "iproute2", why: "makes the canary's link" },
  { name: "nft", package: "nftables", why: "counts what reaches the canary" },
];

/**
 * Proves by experiment that what a lab's nodes and pods send to an unused service address does not come back by a VIF of
 * this host. Safe while one is connected. A lab that was never up is refused; whatever else keeps the experiment from
 * being made is reported as a finding: unproven is no verdict of safety.
 */
export async function proveNoLoop(lab: Lab, signal: AbortSignal): Promise<CanaryReport> {
  const cluster = lab.state.expect(clusterRecord);
  const { machines } = lab.state.expect(machinesRecord);
  const { uplink } = lab.state.expect(hostNetworkRecord);
  const started = performance.now();
  const milliseconds = () => Math.round(performance.now() - started);
  try {
    await requireHost();
    const [used, host] = await Promise.all([readServiceAddresses(cluster.kubeconfig, signal), probeHost()]);
    const vifs = host.links.filter((link) => isVif(link) && link.name !== uplink?.name).map(({ name }) => name);
    const made = await runCanary({
      host: { run },
      target: unusedAddress(cluster.serviceCidr, used),
      sources: labSources(
        openDriver(lab),
        machines.map(({ name }) => name),
      ),
      vifs: vifs.filter((name) => name !== canaryLink),
      signal,
    });
    const { verdict, causes, sources, target } = made;
    return { verdict, causes, sources, findings: canaryFindings(made), target, milliseconds: milliseconds() };
  } catch (error) {
    if (signal.aborted || !(error instanceof Problem)) throw error;
    return { verdict: "unproven", causes: [], sources: [], findings: [notMade(error)], milliseconds: milliseconds() };
  }
}

async function requireHost(): Promise<void> {
  if (process.platform !== "linux") {
    throw new Problem(
      "LAB-DOC-002",
      "host",
      `runs ${process.platform}, expected Linux, whose firewall counts packets`,
      {
        remedy: "The nodes are guarded all the same, as `npm run lab:status` shows.",
      },
    );
  }
  if (process.getuid?.() !== 0) {
    throw new Problem("LAB-DOC-003", "host", "the canary's route needs root, and this is another user", {
      remedy: `Run: ${asRoot("doctor")}`,
    });
  }
  await ensurePrograms(programs, { install: "never", note: () => {} });
}

interface Service {
  readonly spec?: { readonly clusterIPs?: readonly string[] };
}

/** Reads the addresses of the cluster's services. */
async function readServiceAddresses(kubeconfig: string, signal: AbortSignal): Promise<readonly string[]> {
  const api = openApiOf(await readFile(kubeconfig, "utf8"), kubeconfig);
  const services = await api.list<Service>("/api/v1/services", signal);
  return services.flatMap(({ spec }) => spec?.clusterIPs ?? []);
}
