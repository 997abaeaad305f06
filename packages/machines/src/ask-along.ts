import type { RunOptions } from "@k3s-lab/exec";
import type { Facts } from "@k3s-lab/steps";
import { type Answers, askNode, type Section } from "./ask-node.js";
import type { Driver } from "./driver.js";

type Sections = Readonly<Record<string, Section<unknown>>>;

/** What is going to be asked of machines, by their names and by who asks: of a run that only plans. */
const announced = new WeakMap<Facts, Map<string, Map<string, Sections>>>();

/**
 * Tells what will be asked of a machine in this run. Who asks first asks for all that was announced: entering a node costs more than
 * anything that is asked there.
 */
export function announceSections(facts: Facts, machine: string, asker: string, sections: Sections): void {
  const ofRun = announced.get(facts) ?? new Map<string, Map<string, Sections>>();
  const ofMachine = ofRun.get(machine) ?? new Map<string, Sections>();
  announced.set(facts, ofRun.set(machine, ofMachine.set(asker, sections)));
}

export interface AskAlong<Asked extends Sections> {
  readonly machine: string;
  /** Names those who ask, and all that they announce and ask. */
  readonly asker: string;
  readonly sections: Asked;
  readonly options?: Pick<RunOptions, "signal" | "timeout">;
}

/** Asks a machine as askNode does, unless it was asked along before; with what others have announced, as long as nothing was changed. */
export async function askAlong<Asked extends Sections>(
  facts: Facts,
  driver: Pick<Driver, "exec">,
  { machine, asker, sections, options }: AskAlong<Asked>,
): Promise<Answers<Asked>> {
  const ofMachine = facts.isUntouched ? announced.get(facts)?.get(machine) : undefined;
  if (ofMachine === undefined) return askNode(driver, machine, sections, options);
  const all = ofMachine.set(asker, sections);
  const answers = await facts.get(`what was asked of ${machine}`, async () => askAll(driver, machine, all, options));
  return (answers.get(asker) ?? (await askNode(driver, machine, sections, options))) as Answers<Asked>;
}

async function askAll(
  driver: Pick<Driver, "exec">,
  machine: string,
  all: ReadonlyMap<string, Sections>,
  options: AskAlong<Sections>["options"],
): Promise<ReadonlyMap<string, Answers<Sections>>> {
  const named = [...all].flatMap(([asker, sections]) =>
    Object.entries(sections).map(([name, section]) => ({ asker, name, section })),
  );
  const keyed = Object.fromEntries(named.map(({ section }, index) => [`section ${index}`, section]));
  const answers = await askNode(driver, machine, keyed, options);
  const byAsker = new Map<string, Record<string, unknown>>();
  for (const [index, { asker, name }] of named.entries()) {
    byAsker.set(asker, { ...byAsker.get(asker), [name]: answers[`section ${index}`] });
  }
  return byAsker;
}
