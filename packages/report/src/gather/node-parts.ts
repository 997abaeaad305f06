import { existsSync, readFileSync } from "node:fs";
import type { Lab } from "@k3s-lab/lab";
import { asRoot, type Driver, machinePlaces, mayEnter, NotRunning, openDriver } from "@k3s-lab/machines";
import { messageOf, Problem } from "@k3s-lab/problem";
import { lastLines } from "../last-lines.js";
import { Missing, type Part } from "../part.js";
import { fromDisk, type StandingStill } from "./from-disk.js";
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
    const stopped = isOnDisk(section) ? await fromDisk(lab, { name, section, lines }, signal) : undefined;
    if (stopped !== undefined) return stopped;
    throw new Missing(cause instanceof Problem ? `${cause.subject} ${cause.what}` : messageOf(cause), { cause });
  }
}

/** Tells whether a machine that stands still has a part of the report, too. */
function isOnDisk(section: Section): section is StandingStill["section"] {
  return section !== "network" && section !== "system";
}

/** What LXC wrote when it started the machine. */
function lxcLog({ id }: OfLab, name: string, lines: number): readonly Part[] {
  const { log } = machinePlaces(id, name);
  if (!existsSync(log)) return [];
  const gather = async () => lastLines(readFileSync(log, "utf8"), lines);
  return [{ path: `nodes/${name}/lxc.txt`, what: "log of LXC", gather }];
}
