import { run } from "@k3s-lab/exec";
import { askKernel, type Owner } from "./ask-kernel.js";

export interface Question {
  readonly address: string;
  /** The MAC address of the machine that is to have the address: its answer does not count. */
  readonly ownMac: string;
}

export interface AskOptions {
  /** RFC 5227: three, a second apart, from no address, so that no machine's table is changed. */
  readonly probes?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Asks the LAN on a link which machines have the addresses, all at once. Sends ARP probes: never for a plan. */
export async function findOwners(
  link: string,
  questions: readonly Question[],
  options: AskOptions = {},
): Promise<readonly Owner[]> {
  const addresses = questions.map(({ address }) => address);
  const isRoot = process.getuid?.() === 0;
  const owners = isRoot ? await probe(link, addresses, options) : await askKernel(addresses, options.signal);
  const own = new Map(questions.map(({ address, ownMac }) => [address, ownMac.toLowerCase()]));
  return owners.filter(({ address, mac }) => mac !== own.get(address));
}

async function probe(
  link: string,
  addresses: readonly string[],
  { probes = 3, signal }: AskOptions,
): Promise<readonly Owner[]> {
  const answers = await Promise.all(
    addresses.map(async (address) => {
      // 0: no machine has it; 1: one has answered.
      const options = { answers: [0, 1], signal };
      const { exitCode, stdout } = await run("arping", probeArgs(link, address, probes), options);
      return exitCode === 0 ? [] : answerers(stdout).map((mac) => ({ address, mac }));
    }),
  );
  return answers.flat();
}

export function probeArgs(link: string, address: string, probes: number): readonly string[] {
  return ["-D", "-I", link, "-c", String(probes), "-w", String(probes), address];
}

/**
 * Reads the MAC addresses of those that answered: "Unicast reply from 192.168.1.110 [02:00:00:00:00:07]  0.7ms". A
 * machine that probes for the address at the same time counts, too: arping reports its request in the same way.
 */
export function answerers(output: string): readonly string[] {
  const macs = [...output.matchAll(/(?:reply|request) from .*?\[([0-9A-Fa-f:]{17})\]/g)].map(([, mac = ""]) =>
    mac.toLowerCase(),
  );
  return [...new Set(macs)];
}
