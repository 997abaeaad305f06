import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "@k3s-lab/exec";

/** A computer on the LAN that has an address. */
export interface Owner {
  readonly address: string;
  readonly mac: string;
}

/** Milliseconds that the host asks by itself: three requests, a second apart. */
const patience = 3_000;
const pause = 200;
const discard = 9;

/**
 * Without root nobody may send an ARP probe. A datagram makes the host ask for whom it is for; what it was told, every
 * user may read.
 */
export async function askKernel(addresses: readonly string[], signal?: AbortSignal): Promise<readonly Owner[]> {
  await Promise.all(addresses.map(nudge));
  const end = performance.now() + patience;
  for (;;) {
    const owners = neighboursIn(await readNeighbours(signal)).filter(({ address }) => addresses.includes(address));
    if (owners.length === addresses.length || performance.now() > end) return owners;
    await sleep(pause, undefined, signal === undefined ? {} : { signal });
  }
}

function nudge(address: string): Promise<void> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    socket.once("error", () => resolve());
    socket.send("", discard, address, () => socket.close(() => resolve()));
  });
}

async function readNeighbours(signal?: AbortSignal): Promise<string> {
  if (process.platform === "linux") return readFileSync("/proc/net/arp", "utf8");
  return (await run("arp", process.platform === "win32" ? ["-a"] : ["-an"], signal === undefined ? {} : { signal }))
    .stdout;
}

/** Of /proc/net/arp, and of `arp` on macOS ("? (192.168.1.1) at 2:0:0:0:0:1 on en0") and Windows ("02-00-..."). */
export function neighboursIn(text: string): readonly Owner[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const address = /\b\d{1,3}(?:\.\d{1,3}){3}\b/.exec(line)?.[0];
    const mac = /\b[\da-f]{1,2}(?:[:-][\da-f]{1,2}){5}\b/i.exec(line)?.[0];
    if (address === undefined || mac === undefined) return [];
    const octets = mac.toLowerCase().split(/[:-]/);
    const full = octets.map((octet) => octet.padStart(2, "0")).join(":");
    // What nobody has answered for.
    return full === "00:00:00:00:00:00" ? [] : [{ address, mac: full }];
  });
}
