import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { shieldedSysctls } from "../../host-needs.js";
import type { Machine, Machines } from "../../machine.js";
import { nodeFiles } from "../../node-files.js";
import { machinePlaces } from "../../places.js";
import { dataDirs, lxcConfig } from "./config.js";

/** Everything of a machine on disk; the configuration comes last, because by it a machine is known to be whole. */
export function createMachine(labId: string, machine: Machine, wanted: Machines, rootfs: string): void {
  const { upper, data, sysctls } = machinePlaces(labId, machine.name);
  // The upper directory is the machine's "/": its mode is seen inside.
  for (const dir of [upper, ...Object.keys(dataDirs).map((name) => join(data, name)), sysctls]) {
    mkdirSync(dir, { recursive: true, mode: 0o755 });
  }
  for (const [key, value] of Object.entries(shieldedSysctls)) writeFileSync(join(sysctls, key), `${value}\n`);
  for (const { path, content } of nodeFiles(labId, machine, wanted)) {
    mkdirSync(join(upper, dirname(path)), { recursive: true, mode: 0o755 });
    writeFileSync(join(upper, path), content, { mode: 0o644 });
  }
  configureMachine(labId, machine, wanted, rootfs);
}

/** Only what LXC reads at the machine's next start. */
export function configureMachine(labId: string, machine: Machine, { lan }: Machines, rootfs: string): void {
  const { config } = machinePlaces(labId, machine.name);
  writeFileSync(`${config}.new`, lxcConfig({ labId, machine, lan, rootfs }));
  renameSync(`${config}.new`, config);
}
