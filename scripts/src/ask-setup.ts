import { isVagrant } from "@k3s-lab/lab";
import {
  agentNames,
  type Answers,
  checkAgentCount,
  checkAgentNames,
  checkCpus,
  checkMemory,
  checkName,
  checkServerName,
  checkVersion,
  type Choice,
  driverChoices,
  driverObstacles,
  driverOf,
  interfaceChoices,
  interfaceOffers,
  modeChoices,
  namedNodes,
  type SetupFacts,
  splitNames,
  withDriver,
  withMode,
  works,
} from "@k3s-lab/setup";
import { wrapAnsi } from "fast-wrap-ansi";

/** Columns that the library's line at the left takes. */
const guide = 4;

/** The library that asks. */
type Prompts = typeof import("@clack/prompts");

/** A person who does not want to go on. */
export class Cancelled extends Error {}

/** Asks a person by the library. Throws Cancelled at Ctrl-C, Escape, or when the signal is aborted. */
export class Asker {
  readonly prompts: Prompts;
  readonly #signal: AbortSignal;

  constructor(prompts: Prompts, signal: AbortSignal) {
    this.prompts = prompts;
    this.#signal = signal;
  }

  /** Tells something, in lines that fit the terminal. */
  tell(how: "message" | "info" | "warn", lines: readonly string[]): void {
    const columns = Math.max(20, (process.stdout.columns || 80) - guide);
    this.prompts.log[how](lines.map((line) => wrapAnsi(line, columns, { trim: false, hard: true })).join("\n"));
  }

  /** Asks for a text. Enter alone keeps `usual`. */
  async text(message: string, usual: string, check: (text: string) => string | undefined): Promise<string> {
    const given = await this.prompts.text({
      message,
      placeholder: usual,
      defaultValue: usual,
      validate: (text) => check(text?.trim() || usual),
      signal: this.#once(),
    });
    return this.#answer<string>(given).trim();
  }

  /** Asks which of some choices; of only one, it tells. */
  async choice<Value extends string>(message: string, choices: readonly Choice<Value>[], usual: Value): Promise<Value> {
    const [first, ...others] = choices;
    if (first !== undefined && others.length === 0) {
      this.tell("info", [message, `${first.label}${first.hint === "" ? "" : ` (${first.hint})`}`]);
      return first.value;
    }
    const options = choices.map(({ value, label, hint, fits }) => ({
      value: value as string,
      label,
      hint,
      disabled: !fits,
    }));
    const given = await this.prompts.select<string>({ message, options, initialValue: usual, signal: this.#once() });
    return this.#answer<string>(given) as Value;
  }

  async confirm(message: string): Promise<boolean> {
    return this.#answer<boolean>(await this.prompts.confirm({ message, signal: this.#once() }));
  }

  /** Each question listens to a signal of its own: many on one are taken for a leak. */
  #once(): AbortSignal {
    return AbortSignal.any([this.#signal]);
  }

  #answer<Given>(given: Given | symbol): Given {
    if (this.prompts.isCancel(given)) throw new Cancelled();
    return given as Given;
  }
}

/** Asks everything. What is answered as it was stays as it is in lab.yaml. */
export async function askSetup(start: Answers, facts: SetupFacts, asker: Asker): Promise<Answers> {
  const name = await asker.text("What is the lab called?", start.name, checkName);
  const network = await askNetwork(await askDriver({ ...start, name }, facts, asker), facts, asker);
  const machines = await askMachines(await askNodes(network, asker), facts, asker);
  const version = await asker.text("Which release of K3s?", machines.version, checkVersion);
  return { ...machines, version };
}

async function askDriver(start: Answers, facts: SetupFacts, asker: Asker): Promise<Answers> {
  const choices = driverChoices(facts, start.driver);
  const obstacles = driverObstacles(facts);
  const some = facts.drivers.some(works);
  if (obstacles.length > 0) {
    const heading = some ? "These do not work here:" : "Nothing that makes machines works here yet:";
    asker.tell(some ? "info" : "warn", [heading, ...obstacles.map((each) => `  ${each}`)]);
  }
  const driver = await asker.choice("What makes the machines?", choices, start.driver);
  return driver === start.driver ? start : withDriver(start, driver, facts);
}

async function askNetwork(start: Answers, facts: SetupFacts, asker: Asker): Promise<Answers> {
  const driver = driverOf(start, facts);
  const mode = await asker.choice("Which network are the nodes on?", modeChoices(driver, facts), start.mode);
  const answers = withMode(start, mode);
  const key = mode === "bridged" ? "interface" : "uplink";
  const message =
    key === "interface" ? "What are the nodes plugged into?" : "By which interface do the nodes leave the host?";
  const choices = interfaceChoices(interfaceOffers(mode, driver, facts), answers[key]);
  return { ...answers, [key]: await asker.choice(message, choices, answers[key]) };
}

async function askNodes(start: Answers, asker: Asker): Promise<Answers> {
  const before = start.nodes.find(({ role }) => role === "server")?.name ?? "multi";
  const agents = start.nodes.filter(({ role }) => role !== "server").length;
  const server = await asker.text("What is the server called?", before, checkServerName);
  const count = Number(await asker.text("How many agents?", String(agents), checkAgentCount));
  if (count === 0) return { ...start, nodes: namedNodes(start.nodes, server, []) };
  const usual = agentNames(count, start.nodes, server).join(", ");
  const message = count === 1 ? "What is the agent called?" : "What are the agents called?";
  const names = await asker.text(message, usual, (text) => checkAgentNames(text, server, count));
  return { ...start, nodes: namedNodes(start.nodes, server, splitNames(names)) };
}

async function askMachines(start: Answers, facts: SetupFacts, asker: Asker): Promise<Answers> {
  if (!isVagrant(driverOf(start, facts))) return start;
  const of = `${start.nodes.length} machine${start.nodes.length === 1 ? "" : "s"}, this host has ${facts.memory}`;
  const memory = await asker.text(`How many megabytes for each machine? (${of})`, String(start.memory), checkMemory);
  const cpus = await asker.text("How many processors for each machine?", String(start.cpus), checkCpus);
  return { ...start, memory: Number(memory), cpus: Number(cpus) };
}
