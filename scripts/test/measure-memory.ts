// The memory of a server and of an agent after minutes in which nothing happens, and the size of K3s' file. By hand, as root, on
// a machine that does nothing else, ten minutes unless others are given:
//   node --import tsx scripts/test/measure-memory.ts [MINUTES]
// An older commit is measured by a copy of this file in a work tree of it.
import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { emulateHost } from "@k3s-lab/testbed";
import { driveLab, type DrivenLab, modulesBuild, readyNodes } from "./drive-lab.js";

const machines = { multi: "server", agent1: "agent" } as const;
const nodes = Object.entries(machines).map(([name, role]) => `  - { name: ${name}, role: ${role} }`);
const yaml = ["cluster: { source: modules }", "nodes:", ...nodes, ""].join("\n");

/**
 * Prints "kilobytes program" for each process but this shell. The parts of k3s are one program, and each has its own name as
 * its first argument.
 */
const list = `for p in /proc/[0-9]*; do
  [ $p = /proc/$$ ] && continue
  memory=$(grep ^RssAnon: $p/status) || continue
  IFS= read -rd '' name <$p/cmdline
  echo "\${memory//[!0-9]/} $name"
done 2>/dev/null; true`;

/** Returns the bytes that no file is behind (RssAnon), by program. */
async function memoryOf(lab: DrivenLab, machine: string): Promise<ReadonlyMap<string, number>> {
  const bytes = new Map<string, number>();
  for (const line of (await lab.npmOk("lab:exec", [machine, "bash", "-c", list])).trim().split("\n")) {
    const [, kilobytes, command = ""] = /^(\d+) ?(.*)$/.exec(line) ?? [];
    if (kilobytes === undefined) throw new Error(`${machine}: expected a process, seen: ${line}`);
    // "/usr/bin/dbus-daemon", but also "sshd: /usr/sbin/sshd -D".
    const program = command.split(/[ :]/)[0]?.split("/").at(-1) ?? "";
    bytes.set(program, (bytes.get(program) ?? 0) + Number(kilobytes) * 1024);
  }
  return bytes;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`.padStart(9);

async function measure(minutes: number): Promise<void> {
  const { folder, version } = await modulesBuild();
  const { size } = statSync(join(folder, process.arch === "arm64" ? "k3s-arm64" : "k3s"));
  await using world = await emulateHost();
  await using lab = await driveLab(world.host, yaml);
  await lab.npmOk("lab:up");
  const ready = await readyNodes(lab);
  if (ready.length !== nodes.length) throw new Error(`expected ${nodes.length} Ready nodes, seen: ${ready.join(", ")}`);
  console.log(`The lab is up. ${minutes} minutes in which nothing happens ...`);
  await sleep(minutes * 60_000);
  console.log(`K3s ${version} from modules, its file: ${megabytes(size).trim()} (1 MB: 1,000,000 bytes)`);
  for (const [machine, role] of Object.entries(machines)) {
    const memory = [...(await memoryOf(lab, machine))].toSorted(([, a], [, b]) => b - a);
    const sum = memory.reduce((all, [, bytes]) => all + bytes, 0);
    console.log(`\n${megabytes(sum)}  ${machine}, the ${role}, of it:`);
    for (const [program, bytes] of memory) console.log(`${megabytes(bytes)}  ${program}`);
  }
}

const minutes = Number(process.argv[2] ?? 10);
if (!(minutes >= 0)) throw new Error(`expected a number of minutes, seen: ${process.argv[2]}`);
await measure(minutes);
