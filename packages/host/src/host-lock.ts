import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hostFiles } from "./files.js";
import { takeLock } from "./lock.js";

const attempts = 200;

/** Lets one process at a time change what labs share. Work under the lock takes milliseconds, so others wait. */
export async function withHostLock<Result>(dir: string, work: () => Result): Promise<Result> {
  // Made here, so that root owns it: root later writes its files to the host.
  mkdirSync(dir, { recursive: true });
  using _lock = await retry(() => takeLock(join(dir, hostFiles.lock), "another lab"));
  return work();
}

async function retry<Taken>(take: () => Taken): Promise<Taken> {
  for (let attempt = 1; ; attempt++) {
    try {
      return take();
    } catch (error) {
      if (attempt === attempts) throw error;
      await sleep(50);
    }
  }
}
