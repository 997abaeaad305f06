import { parseCidr } from "@k3s-lab/ip";
import { isVagrant, type NodeConfig } from "@k3s-lab/lab";
import { type Answers, withoutAddresses } from "../answers.js";
import { checkVersion } from "../check-answer.js";
import { driverNames, driverOf, modeChoices, withDriver, withMode, works } from "../choices.js";
import type { SetupFacts } from "../facts.js";
import { namesOf, serverOf } from "./node-names.js";
import { interfaceOf, isAddress, networkOf, subnetOf } from "./node-networks.js";
import type { VagrantLab } from "./read-vagrantfile.js";
import type { Note, Tell } from "./vagrant-settings.js";

/** What is to be told of some lines of a Vagrantfile. */
export interface NoteOnLines {
  readonly lines: readonly number[];
  readonly text: string;
}

/** Answers that a Vagrantfile gives, and what it says that they do not hold. */
export interface TakenOver {
  readonly answers: Answers;
  /** In the order of the lines. */
  readonly notes: readonly NoteOnLines[];
}

/** Takes over what a Vagrantfile says into answers, by what works on the host. */
export function takeOver(lab: VagrantLab, base: Answers, facts: SetupFacts): TakenOver {
  const notes: Note[] = [...lab.notes];
  const note = (line: number, text: string) => void notes.push({ line, text });
  const bridged = lab.machines.some(({ networks }) => networks.some(({ kind }) => kind === "public"));
  const provider = providerOf(lab, note);
  const driver = driverFor(provider, bridged ? "bridged" : "private", base, facts, note, lab.machines[0]?.line ?? 1);
  const started = withMode(withDriver(base, driver, facts), bridged ? "bridged" : "private");
  const placed = withNodes(withDriver(started, driver, facts), lab, bridged, facts, note);
  const answers = withScripts(withHardware(placed, lab, provider, facts, note), lab);
  return { answers, notes: merged(notes) };
}

type VagrantDriver = "virtualbox" | "libvirt";

/** Returns which of the providers that the Vagrantfile sets up is known here; VirtualBox is Vagrant's default. */
function providerOf({ machines }: VagrantLab, note: Tell): VagrantDriver {
  const named = [...new Set(machines.flatMap(({ hardware }) => Object.keys(hardware)))];
  const known = named.find((name) => name === "virtualbox" || name === "libvirt");
  for (const name of named) {
    if (name !== "virtualbox" && name !== "libvirt") {
      note(machines[0]?.line ?? 1, `the provider ${name} is not taken over: k3s-lab drives VirtualBox and libvirt`);
    }
  }
  return known ?? "virtualbox";
}

/** Keeps the provider where it works here, or where nothing does; else takes what does work in the same kind of network. */
function driverFor(
  provider: VagrantDriver,
  mode: Answers["mode"],
  base: Answers,
  facts: SetupFacts,
  note: Tell,
  line: number,
): Answers["driver"] {
  const fits = (driver: Answers["driver"]) =>
    modeChoices(driverOf({ driver }, facts), facts).some(({ value }) => value === mode);
  const able = facts.drivers.filter(works).map((offer) => offer.provider);
  if (able.includes(provider) && fits(provider)) return provider;
  const other = [base.driver === "auto" ? facts.auto : base.driver, ...able].find(
    (each) => able.includes(each) && fits(each),
  );
  if (other === undefined) return fits(provider) || able.includes(provider) ? provider : "auto";
  const cause = facts.drivers.find((offer) => offer.provider === provider)?.obstacles.join("; ");
  const name = { virtualbox: "VirtualBox", libvirt: "libvirt" }[provider];
  const why = fits(provider)
    ? `${name} does not work here, ${cause}`
    : `${name} has no private network that is guarded`;
  note(line, `the machines become others, ${driverNames[other]}: ${why}`);
  return other === facts.auto ? "auto" : other;
}

/** Takes over the names and addresses, and the interface that machines are bridged to. */
function withNodes(answers: Answers, lab: VagrantLab, bridged: boolean, facts: SetupFacts, note: Tell): Answers {
  const names = namesOf(lab.machines, note);
  const server = serverOf(lab.machines, note);
  const networks = lab.machines.map((machine) => networkOf(machine, bridged, note));
  const nodes = lab.machines.map((_, index): NodeConfig => {
    const ip = networks[index]?.ip;
    const role = index === server ? "server" : "agent";
    return { name: names[index] ?? "", role, ...(ip !== undefined && { address: ip }) };
  });
  const first = networks.find((network) => network !== undefined);
  if (!bridged && answers.mode === "bridged") {
    if (first !== undefined)
      note(
        first.line,
        "the private network is not taken over: in VirtualBox's own the host is the nodes' gateway, past its guard; nodes are on the host's LAN",
      );
    return { ...answers, nodes: withoutAddresses(nodes) };
  }
  if (bridged) return { ...answers, nodes, interface: interfaceOf(lab.machines, facts, note) };
  const subnet = subnetOf(networks, first, facts, note);
  return subnet === undefined
    ? { ...answers, nodes: withoutAddresses(nodes) }
    : { ...answers, nodes, subnet: String(subnet) };
}

/** Takes over memory, processors and the box: one value for all machines, the largest of theirs. */
function withHardware(
  answers: Answers,
  { machines }: VagrantLab,
  provider: VagrantDriver,
  facts: SetupFacts,
  note: Tell,
): Answers {
  const said = (key: "memory" | "cpus") => machines.flatMap(({ hardware }) => hardware[provider]?.[key] ?? []);
  const boxes = machines.flatMap(({ box }) => box ?? []);
  const driver = driverOf(answers, facts);
  if (!isVagrant(driver)) {
    const all = [...said("memory"), ...said("cpus"), ...boxes];
    for (const { line } of all) note(line, "memory, CPUs and box are not taken over: containers share the host's");
  }
  const tell: Tell = isVagrant(driver) ? note : () => {};
  const largest = (key: "memory" | "cpus", fallback: number) => {
    const values = said(key);
    const most = Math.max(...values.map(({ value }) => value));
    const less = values.find(({ value }) => value !== most);
    if (less !== undefined) tell(less.line, `machines have one ${key} for all here: ${most}, the largest`);
    return values.length === 0 ? fallback : most;
  };
  const [box] = boxes;
  const other = boxes.find(({ value }) => value !== box?.value);
  if (other !== undefined && box !== undefined) tell(other.line, `machines have one box here: ${box.value}, the first`);
  const isKnown = box !== undefined && /alpine|debian|ubuntu/i.test(box.value);
  if (box !== undefined && !isKnown)
    tell(box.line, `the box ${box.value} is not taken over, expected one of Alpine, Debian or Ubuntu`);
  return {
    ...answers,
    memory: Math.max(512, largest("memory", answers.memory)),
    cpus: Math.max(1, largest("cpus", answers.cpus)),
    box: isKnown ? box.value : answers.box,
  };
}

/** Takes over what scripts set that is a setting of lab.yaml: the router, the resolver, the version of K3s. */
function withScripts(answers: Answers, { scripts }: VagrantLab): Answers {
  const text = scripts.map(({ value }) => value).join("\n");
  const ip = String.raw`(\d{1,3}(?:\.\d{1,3}){3})`;
  const router = new RegExp(String.raw`ip\s+route\s+(?:add|replace|change)\s+default\s+via\s+${ip}`).exec(text)?.[1];
  const resolver = new RegExp(String.raw`nameserver\s+${ip}`).exec(text)?.[1];
  const version = /INSTALL_K3S_VERSION=["']?(v[\w.+-]+)/.exec(text)?.[1];
  return {
    ...answers,
    gateway: answers.mode === "bridged" && router !== undefined && isAddress(router) ? router : answers.gateway,
    nameservers:
      resolver === undefined || !isAddress(resolver) || parseCidr("127.0.0.0/8").contains(resolver)
        ? answers.nameservers
        : [resolver],
    version: version !== undefined && checkVersion(version) === undefined ? version : answers.version,
  };
}

/** Says once what several lines have in common. */
function merged(notes: readonly Note[]): readonly NoteOnLines[] {
  const byText = new Map<string, number[]>();
  for (const { line, text } of notes.toSorted((a, b) => a.line - b.line)) {
    byText.set(text, [...(byText.get(text) ?? []), line]);
  }
  return [...byText].map(([text, lines]) => ({ lines: [...new Set(lines)], text }));
}
