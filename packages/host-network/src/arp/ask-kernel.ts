import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { run } from "@k3s-lab/exec";
import { TimedOut, until } from "@k3s-lab/steps";

/** A machine on the LAN that has an address. */
export interface Owner {
  readonly address: string;
  readonly mac: string;
}

/** Milliseconds for which the host asks by itself: three requests, a second apart. */
const timeout = 3_000;
const pause = 200;
const discard = 9;

/**
 * Asks the LAN without root, which an ARP probe would need: a datagram makes the host ask for its receiver, and every
 * user may read the answers that it got.
 */
export async function askKernel(addresses: readonly string[], signal?: AbortSignal): Promise<readonly Owner[]> {
  await Promise.all(addresses.map(nudge));
  let owners: readonly Owner[] = [];
  const look = async () => {
    owners = neighboursIn(await readNeighbours(signal)).filter(({ address }) => addresses.includes(address));
    return owners.length === addresses.length ? { value: owners } : { reason: "not every address has an owner" };
  };
  try {
    return await until({ look, every: pause, within: timeout, signal });
  } catch (error) {
    if (error instanceof TimedOut) return owners;
    throw error;
  }
}

function nudge(address: string): Promise<void> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    socket.once("error", () => resolve());
    socket.send("", discard, address, () => socket.close(() => resolve()));
  });
}

async function readNeighbours(signal: AbortSignal | undefined): Promise<string> {
  if (process.platform === "linux") return readFileSync("/proc/net/arp", "utf8");
  return (await run("arp", process.platform === "win32" ? ["-a"] : ["-an"], { signal })).stdout;
}

/** Reads /proc/net/arp, and `arp` of macOS ("? (192.168.1.1) at 2:0:0:0:0:1 on en0") and Windows ("02-00-..."). */
export function neighboursIn(text: string): readonly Owner[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const address = /\b\d{1,3}(?:\.\d{1,3}){3}\b/.exec(line)?.[0];
    const mac = /\b[\da-f]{1,2}(?:[:-][\da-f]{1,2}){5}\b/i.exec(line)?.[0];
    if (address === undefined || mac === undefined) return [];
    const octets = mac.toLowerCase().split(/[:-]/);
    const full = octets.map((octet) => octet.padStart(2, "0")).join(":");
    // Zeros: no machine has answered.
    return full === "00:00:00:00:00:00" ? [] : [{ address, mac: full }];
  });
}
