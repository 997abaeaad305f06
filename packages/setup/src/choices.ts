import { type InterfaceOffers, offerLanInterfaces, offerUplinks } from "@k3s-lab/host-network";
import { isVagrant, type MachineProvider } from "@k3s-lab/lab";
import type { DriverOffer } from "@k3s-lab/machines";
import { type Answers, withoutAddresses } from "./answers.js";
import type { SetupFacts } from "./facts.js";

/** One of the things that a question may be answered with. */
export interface Choice<Value> {
  readonly value: Value;
  readonly label: string;
  readonly hint: string;
  /** Whether it can be chosen. */
  readonly fits: boolean;
}

export const driverNames: Readonly<Record<MachineProvider, string>> = {
  lxc: "Linux containers (LXC)",
  docker: "Containers of Docker",
  virtualbox: "Virtual machines of VirtualBox, by Vagrant",
  libvirt: "Virtual machines of libvirt, by Vagrant",
};

/** Returns the driver that answers come to on this host. */
export function driverOf({ driver }: Pick<Answers, "driver">, { auto }: Pick<SetupFacts, "auto">): MachineProvider {
  return driver === "auto" ? auto : driver;
}

export function works({ obstacles }: DriverOffer): boolean {
  return obstacles.length === 0;
}

/**
 * Offers drivers: those that work here and the one that was chosen, or all of them where none works. What `auto` comes to
 * stands for `auto`, unless it was chosen by its name.
 */
export function driverChoices(
  { drivers, auto }: SetupFacts,
  chosen: Answers["driver"] = "auto",
): readonly Choice<Answers["driver"]>[] {
  const some = drivers.some(works);
  return drivers
    .filter((offer) => works(offer) || !some || offer.provider === chosen)
    .toSorted((a, b) => Number(b.provider === auto) - Number(a.provider === auto))
    .map((offer) => ({
      value: offer.provider === auto && chosen !== auto ? "auto" : offer.provider,
      label: driverNames[offer.provider],
      hint: hintOf(offer, auto),
      fits: true,
    }));
}

function hintOf(offer: DriverOffer, auto: MachineProvider): string {
  const { provider, installs, asRoot, obstacles, unproven } = offer;
  return [
    provider === auto ? "what auto comes to here" : [],
    asRoot ? "as root" : [],
    installs.length === 0 ? [] : `lab:up installs ${installs.join(", ")}`,
    obstacles.length === 0 ? (unproven ?? []) : `not here: ${obstacles.join("; ")}`,
  ]
    .flat()
    .join("; ");
}

/** Tells why drivers do not work here, a line each. */
export function driverObstacles({ drivers }: Pick<SetupFacts, "drivers">): readonly string[] {
  return drivers
    .filter((offer) => !works(offer))
    .map(({ provider, obstacles }) => `${driverNames[provider]}: ${obstacles.join("; ")}`);
}

/** The driver of a new lab: what `auto` comes to, unless only another works. */
function usualDriver({ drivers, auto }: SetupFacts): Answers["driver"] {
  const best = drivers.find(({ provider }) => provider === auto);
  if (best !== undefined && works(best)) return "auto";
  return drivers.find(works)?.provider ?? "auto";
}

/** Offers the network modes that a driver can do. */
export function modeChoices(driver: MachineProvider, facts: SetupFacts): readonly Choice<Answers["mode"]>[] {
  const lan = driver === "docker" ? undefined : offerLanInterfaces(facts.host, driver);
  const takes = lan?.offers.some(({ fits }) => fits) ?? false;
  const all: readonly Choice<Answers["mode"]>[] = [
    {
      value: "private",
      label: "Private",
      hint: "a bridge of the lab's own; the host is the nodes' gateway, and guards them",
      fits: driver !== "virtualbox",
    },
    {
      value: "bridged",
      label: "Bridged",
      hint: takes ? "nodes on the host's own LAN, with its router" : "no interface of this host takes nodes",
      fits: driver !== "docker",
    },
  ];
  return all.filter(({ fits }) => fits);
}

/** Offers what the mode needs to know of the host's interfaces. */
export function interfaceOffers(mode: Answers["mode"], driver: MachineProvider, { host }: SetupFacts): InterfaceOffers {
  return mode === "bridged" ? offerLanInterfaces(host, driver) : offerUplinks(host);
}

/** Offers `auto`, every interface of the host, and one that was named and is gone. */
export function interfaceChoices({ auto, offers }: InterfaceOffers, chosen = "auto"): readonly Choice<string>[] {
  const isGone = chosen !== "auto" && !offers.some(({ name }) => name === chosen);
  return [
    { value: "auto", label: auto.name === undefined ? "auto" : `auto: ${auto.name}`, hint: auto.reason, fits: true },
    ...(isGone
      ? [{ value: chosen, label: chosen, hint: "in lab.yaml; no interface of this host now", fits: true }]
      : []),
    ...offers.map(({ name, kind, reason, fits }) => ({ value: name, label: name, hint: `${kind}; ${reason}`, fits })),
  ];
}

/** Changes answers to another driver; what only the former had goes to its default. */
export function withDriver(answers: Answers, driver: Answers["driver"], facts: SetupFacts): Answers {
  const [only, ...others] = modeChoices(driverOf({ driver }, facts), facts);
  const mode = only === undefined || others.length > 0 ? answers.mode : only.value;
  return withMode({ ...answers, driver }, mode);
}

/** Changes answers to another mode: the networks of one are not the other's. */
export function withMode(answers: Answers, mode: Answers["mode"]): Answers {
  if (answers.mode === mode) return answers;
  const auto = { subnet: "auto", uplink: "auto", interface: "auto", gateway: "auto" } as const;
  return { ...answers, ...auto, mode, nodes: withoutAddresses(answers.nodes) };
}

/** What a lab that was never set up is asked about first. `base`: the defaults of lab.yaml. */
export function usualAnswers(base: Answers, facts: SetupFacts): Answers {
  const answers = withDriver(base, usualDriver(facts), facts);
  const driver = driverOf(answers, facts);
  // Without an explicit driver the settings of virtual machines would not be written.
  const named = isVagrant(driver) ? { ...answers, driver } : answers;
  return { ...named, ...sizeFor(named, driver, facts.memory) };
}

/** Megabytes that a host needs besides its lab. */
const hostNeeds = 2048;
/** Megabytes that a node in a container comes to need. */
const containerNeeds = 1024;
/** Megabytes of a virtual machine, the most first. */
const machineSizes = [4096, 2048, 1024] as const;

/** Fits the number of agents, and the memory of virtual machines, to the host's memory. */
function sizeFor(answers: Answers, driver: MachineProvider, memory: number): Pick<Answers, "nodes" | "memory"> {
  const { nodes } = answers;
  const room = Math.max(0, memory - hostNeeds);
  const size = machineSizes.find((each) => each * nodes.length <= room) ?? machineSizes.at(-1) ?? 1024;
  const each = isVagrant(driver) ? size : containerNeeds;
  return {
    nodes: nodes.slice(0, Math.max(1, Math.floor(room / each))),
    memory: isVagrant(driver) ? size : answers.memory,
  };
}
