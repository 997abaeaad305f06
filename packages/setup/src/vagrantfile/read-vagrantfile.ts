import { Problem } from "@k3s-lab/problem";
import { Interpreter } from "./interpret.js";
import { parseRuby } from "./parse-ruby.js";
import { type DefinedMachine, type NetworkSaid, type Note, type Said, VagrantSettings } from "./vagrant-settings.js";

/** A machine with what is set for it and for all. */
export interface VagrantMachine {
  readonly name: string;
  readonly line: number;
  readonly isPrimary: boolean;
  readonly hostname: Said<string> | undefined;
  readonly box: Said<string> | undefined;
  readonly networks: readonly NetworkSaid[];
  /** Memory and processors by provider. */
  readonly hardware: Readonly<Record<string, Hardware>>;
}

interface Hardware {
  readonly memory?: Said<number>;
  readonly cpus?: Said<number>;
}

/** What a Vagrantfile says, as far as it can be told without running it. */
export interface VagrantLab {
  readonly machines: readonly VagrantMachine[];
  /** Scripts that provision machines. */
  readonly scripts: readonly Said<string>[];
  readonly notes: readonly Note[];
}

/**
 * Reads a Vagrantfile, and runs nothing of it. `env`: the variables that it may ask for. Throws a Problem (exit code 2) where it
 * is not Ruby, or names no machine.
 */
export function readVagrantfile(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>> = {},
): VagrantLab {
  const ruby = parseRuby(text);
  if (ruby.fault) {
    throw new Problem("LAB-INI-002", `${file}:${ruby.fault.line}`, `is not Ruby: ${ruby.fault.message}`, {
      remedy: "`vagrant validate` says more; nothing was written.",
    });
  }
  const settings = new VagrantSettings();
  new Interpreter(ruby, settings, env).run();
  const { shared, scripts } = settings;
  const notes = settings.notes.toSorted((a, b) => a.line - b.line);
  const defined = [...settings.machines.values()];
  // Without any define, Vagrant makes one machine of what is set for all.
  const isSingle = defined.length === 0 && (shared.box !== undefined || shared.networks.length > 0);
  const all: readonly DefinedMachine[] = isSingle
    ? [{ name: "default", line: shared.box?.line ?? 1, isPrimary: false, networks: [], hardware: new Map() }]
    : defined;
  if (all.length === 0) {
    const seen = notes.map(({ line, text: note }) => `\n  ${file}:${line}: ${note}`).join("");
    throw new Problem("LAB-INI-003", file, `no machine can be told from it without running it${seen}`, {
      remedy: "Run `npm run lab:init` without --from, and answer its questions.",
    });
  }
  const machines = all.map((machine): VagrantMachine => {
    const providers = new Set([...machine.hardware.keys(), ...shared.hardware.keys()]);
    const hardware = [...providers].map((name) => [
      name,
      { ...shared.hardware.get(name), ...machine.hardware.get(name) },
    ]);
    return {
      name: machine.name,
      line: machine.line,
      isPrimary: machine.isPrimary,
      hostname: machine.hostname ?? shared.hostname,
      box: machine.box ?? shared.box,
      networks: [...machine.networks, ...shared.networks],
      hardware: Object.fromEntries(hardware) as Readonly<Record<string, Hardware>>,
    };
  });
  return { machines, scripts, notes };
}
