import type { MachineState } from "../../driver.js";
import { statusCommand } from "./commands.js";
import { isMade, type VagrantFolder } from "./folder.js";
import { parseStatus } from "./machine-readable.js";
import { runVagrant } from "./run-vagrant.js";

/** Asks Vagrant for states, once for all machines that are asked about at the same time. */
export class States {
  readonly #folder: VagrantFolder;
  #asking: Promise<ReadonlyMap<string, MachineState>> | undefined;

  constructor(folder: VagrantFolder) {
    this.#folder = folder;
  }

  /** What Vagrant has never made, it is not asked about. */
  async of(name: string): Promise<MachineState> {
    if (!isMade(this.#folder, name)) return "absent";
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return (await this.#asking).get(name) ?? "absent";
  }

  async #ask(): Promise<ReadonlyMap<string, MachineState>> {
    return parseStatus((await runVagrant(this.#folder, statusCommand(), "machines")).stdout);
  }
}
