import { chmodSync, existsSync, lstatSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { RunOptions, RunResult } from "@k3s-lab/exec";
import type { CopyOptions, FileOptions } from "../../driver.js";
import { writeArgv } from "../../write-argv.js";
import { countedFile } from "../counted-file.js";
import { attemptOnTerminal, enter, type Entry, isInteractive, runCommand } from "../enter.js";
import { sshConfigCommand } from "./commands.js";
import { type VagrantFolder, writeIn } from "./folder.js";
import { socketDir } from "./host-system.js";
import { sshConfigPath } from "./places.js";
import { runVagrant } from "./run-vagrant.js";
import { closeCommand, execCommand, inputCommand, type Reach, terminalCommand } from "./ssh-commands.js";
import type { States } from "./state.js";

/** Milliseconds, as callers' own, for machines as fast as the host: multiplied by the timeout factor. */
const execTimeout = 60_000;
/** Milliseconds, for a hundred megabytes: an emulated processor takes minutes for ssh's ciphers. */
const copyTimeout = 15 * 60_000;

/** Enters machines through ssh, by what `vagrant ssh-config` printed after each one's last boot. */
export class Ssh {
  readonly #folder: VagrantFolder;
  readonly #entry: Entry;
  readonly #timeoutFactor: number;
  #sockets: string | undefined;

  constructor(folder: VagrantFolder, states: States, timeoutFactor: number) {
    this.#folder = folder;
    this.#entry = {
      refusalIn,
      stateOf: (name) => states.of(name),
      mayEnter: (name) => this.#isKnown(name),
      // A boot may have given it another port or address.
      findAgain: (name) => this.learn([name]),
    };
    this.#timeoutFactor = timeoutFactor;
  }

  async exec(
    name: string,
    argv: readonly string[],
    { cwd, env, input = "", timeout = execTimeout, ...options }: RunOptions = {},
  ): Promise<RunResult> {
    const { command, input: before } = execCommand(this.#reach(name), name, argv, { cwd, env });
    return enter(this.#entry, name, argv[0] ?? "", command, {
      ...options,
      timeout: timeout * this.#timeoutFactor,
      input: Buffer.concat([Buffer.from(before), typeof input === "string" ? Buffer.from(input) : input]),
    });
  }

  async write(name: string, path: string, content: string | Uint8Array, { mode }: FileOptions): Promise<void> {
    await this.exec(name, writeArgv(path, mode), { input: content });
  }

  async copyIn(name: string, hostPath: string, path: string, { mode, copied = () => {} }: CopyOptions): Promise<void> {
    const command = inputCommand(this.#reach(name), name, writeArgv(path, mode));
    // Each attempt reads the file from its beginning.
    const copy = (options: RunOptions) =>
      runCommand(command, { ...options, inputStream: countedFile(hostPath, copied) });
    await enter(this.#entry, name, `copy of ${hostPath}`, copy, { timeout: copyTimeout });
  }

  async passThrough(name: string, argv: readonly string[]): Promise<number> {
    // Fails with the reason if the machine cannot be entered; and what Vagrant printed may be of an earlier boot.
    await this.exec(name, ["true"]);
    return attemptOnTerminal(terminalCommand(this.#reach(name), name, argv, { isTerminal: isInteractive() }));
  }

  /** Asks Vagrant how machines are entered: after each boot, which may have given them another port or address. */
  async learn(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const { stdout } = await runVagrant(this.#folder, sshConfigCommand(names), names.join(", "));
    for (const name of names) writeIn(this.#folder, sshConfigPath(name), `${stdout}\n`, 0o600);
  }

  /** Closes the shared connection to a machine that is about to go down. */
  async close(name: string): Promise<void> {
    if (process.platform === "win32" || !this.#isKnown(name)) return;
    await runCommand(closeCommand(this.#reach(name), name), { answers: "any" }).catch(() => {});
  }

  #reach(name: string): Reach {
    // A look at a machine that was never entered, as for a plan, leaves nothing on the host.
    if (this.#isKnown(name)) this.#sockets ??= ownSocketDir(this.#folder.labId);
    return { configFile: join(this.#folder.dir, sshConfigPath(name)), sockets: this.#sockets };
  }

  /** Tells whether Vagrant has been asked how a machine is entered. */
  #isKnown(name: string): boolean {
    return existsSync(join(this.#folder.dir, sshConfigPath(name)));
  }
}

function refusalIn(_: string, exit: number | undefined, stderr: string): string | undefined {
  if (!hasNotEntered(exit, stderr)) return undefined;
  return `could not be entered by ssh: ${stderr.trim().split("\n").at(-1)}`;
}

/** Messages of ssh from before a program runs: they tell ssh's own exit code 255 from a program's. */
const refusals =
  /^(ssh: |kex_exchange_identification: |banner exchange: |Connection (timed out during banner exchange|closed by|reset by)|\S+@\S+: Permission denied|"?System is (booting up|going down))/m;

export function hasNotEntered(exit: number | undefined, stderr: string): boolean {
  return exit === 255 && refusals.test(stderr);
}

/** Makes the folder for sockets; undefined where another user owns one of that name: connections are then not shared. */
function ownSocketDir(labId: string): string | undefined {
  if (process.platform === "win32") return undefined;
  const dir = socketDir({ platform: process.platform, env: process.env }, labId);
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    if (lstatSync(dir).uid !== process.getuid?.()) return undefined;
    chmodSync(dir, 0o700);
    return dir;
  } catch {
    return undefined;
  }
}
