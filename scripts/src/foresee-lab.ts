import { shellWord } from "@k3s-lab/exec";
import { decideHostNetwork, hostNetworkRecord } from "@k3s-lab/host-network";
import { type Lab, type LabConfig, needsRoot } from "@k3s-lab/lab";
import { asRoot } from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";
import { type Answers, driverObstacles, driverOf, type SetupFacts, works } from "@k3s-lab/setup";
import { commands } from "./commands.js";
import { callOf, pathFor } from "./run-command.js";

/** Returns what is missing where the machines cannot be made yet: a heading, and a line for each driver. */
export function obstaclesOf({ driver }: Answers, facts: SetupFacts): readonly string[] {
  const offer = facts.drivers.find(({ provider }) => provider === driverOf({ driver }, facts));
  if (offer === undefined || works(offer)) return [];
  return ["What makes the machines does not work here yet:", ...driverObstacles(facts).map((each) => `  ${each}`)];
}

/**
 * Returns what the host's network, or the network that a made lab has, has against a configuration; undefined where nothing
 * has.
 */
export function problemOnHost(lab: Lab, config: LabConfig, facts: SetupFacts): Problem | undefined {
  try {
    decideHostNetwork({ id: lab.id, file: lab.file, config }, facts.host, lab.state.read(hostNetworkRecord));
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

/** Puts what `auto` comes to here in its place. */
export function settled(config: LabConfig, { auto }: SetupFacts): LabConfig {
  const { provider } = config.machines;
  if (provider !== "auto" || (auto !== "lxc" && auto !== "docker")) return config;
  return { ...config, machines: { ...config.machines, provider: auto } };
}

/** Returns what to do next. */
export function nextCommand(lab: Lab, config: LabConfig): string {
  const isMade = lab.state.exists("machines");
  const spec = isMade ? commands.plan : commands.up;
  const isNamed = process.env.K3S_LAB_CONFIG !== undefined;
  const args = isNamed ? `--config ${shellWord(pathFor(lab.file))}` : "";
  const needs = process.getuid?.() !== 0 && config.machines.provider !== "docker" && needsRoot(config);
  const next = needs ? asRoot(spec.script) : callOf(spec, args);
  return isMade ? `Next: ${next}   (the lab is made: this shows what changes)` : `Next: ${next}`;
}
