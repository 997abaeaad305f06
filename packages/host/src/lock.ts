import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { takeLock } from "@k3s-lab/lab";
import { hostFiles } from "./files.js";

const attempts = 200;

/** One process at a time: labs share the host. What is done under the lock takes milliseconds, so others wait. */
export async function withHostLock<Result>(dir: string, work: () => Result): Promise<Result> {
  // Made here, so that it is root's: what lies in it is later written to the host by root.
  mkdirSync(dir, { recursive: true });
  using _lock = await patiently(() => takeLock(join(dir, hostFiles.lock), "another lab"));
  return work();
}

async function patiently<Taken>(take: () => Taken): Promise<Taken> {
  for (let attempt = 1; ; attempt++) {
    try {
      return take();
    } catch (error) {
      if (attempt === attempts) throw error;
      await sleep(50);
    }
  }
}
