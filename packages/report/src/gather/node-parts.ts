import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isInstalled } from "@k3s-lab/host";
import type { Lab } from "@k3s-lab/lab";
import { asRoot, type Driver, machinePlaces, mayEnter, NotRunning, openDriver, readStopped } from "@k3s-lab/machines";
import { messageOf, Problem } from "@k3s-lab/problem";
import { lastLines } from "../last-lines.js";
import { Missing, type Part } from "../part.js";
import { outputOf } from "./output.js";
import { partOf } from "./script.js";

const patience = 60_000;

const sections = {
  k3s: "log of K3s",
  containerd: "log of containerd",
  network: "addresses, routes, resolvers, guard",
  system: "load, memory, disks, processes, containers",
  settings: "settings of K3s",
} as const;

type Section = keyof typeof sections;
type OfLab = Pick<Lab, "id" | "config" | "state">;

/** `driver`: for tests. */
export function nodeParts(lab: OfLab, lines: number, driver?: Pick<Driver, "exec" | "state">): readonly Part[] {
  return lab.config.nodes.flatMap(({ name }) => [
    ...(Object.keys(sections) as Section[]).map((section): Part => ({
      path: `nodes/${name}/${section}.txt`,
      what: sections[section],
      gather: async (signal) => {
        const text = await ask(lab, driver, { name, section, lines }, signal);
        return lastLines(text, lines);
      },
    })),
    ...lxcLog(lab, name, lines),
  ]);
}

interface Question {
  readonly name: string;
  readonly section: Section;
  readonly lines: number;
}

async function ask(
  lab: OfLab,
  given: Pick<Driver, "exec" | "state"> | undefined,
  question: Question,
  signal: AbortSignal,
): Promise<string> {
  const { name, section, lines } = question;
  if (given === undefined && !mayEnter(lab)) {
    throw new Missing(`only root may enter the machine: ${asRoot("report")}`);
  }
  const driver = given ?? openDriver(lab);
  try {
    const state = await driver.state(name);
    if (state !== "running") throw new NotRunning(name, state);
    return (
      await driver.exec(name, partOf("node", section, String(lines)), { signal, timeout: patience, answers: "any" })
    ).stdout;
  } catch (cause) {
    signal.throwIfAborted();
    const stopped = await fromDisk(lab, question, signal);
    if (stopped !== undefined) return stopped;
    throw new Missing(cause instanceof Problem ? `${cause.subject} ${cause.what}` : messageOf(cause), { cause });
  }
}

/** Reads the logs of a machine that does not run, from its disk. */
async function fromDisk(
  lab: OfLab,
  { name, section, lines }: Question,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (section === "containerd") return readStopped(lab, name, "/var/lib/rancher/k3s/agent/containerd/containerd.log");
  if (section === "settings") return readStopped(lab, name, "/etc/rancher/k3s/config.yaml");
  if (section !== "k3s") return undefined;
  const journal = join(machinePlaces(lab.id, name).upper, "var/log/journal");
  if (!existsSync(journal) || !isInstalled("journalctl")) return undefined;
  const units = ["-u", "k3s", "-u", "k3s-agent"];
  const options = ["-n", String(lines), "-o", "short-iso", "--no-pager"];
  return outputOf(["journalctl", "--directory", journal, ...units, ...options], { signal });
}

/** What LXC wrote when it started the machine. */
function lxcLog({ id }: OfLab, name: string, lines: number): readonly Part[] {
  const { log } = machinePlaces(id, name);
  if (!existsSync(log)) return [];
  const gather = async () => lastLines(readFileSync(log, "utf8"), lines);
  return [{ path: `nodes/${name}/lxc.txt`, what: "log of LXC", gather }];
}
