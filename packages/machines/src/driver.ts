import type { RunOptions, RunResult } from "@k3s-lab/exec";
import type { Machine } from "./machine.js";
import type { NodeFile } from "./node-files.js";

export type MachineState = "absent" | "stopped" | "running";

/** Works with the machines of one lab, by name. */
export interface Driver {
  /** By what to multiply timeouts: 1, and more where processors are emulated. */
  readonly timeoutFactor: number;
  /** A machine that was half made, or destroyed by hand, is absent. */
  state(name: string): Promise<MachineState>;
  /**
   * Makes a machine with its route and resolver set: a container stands still then, a virtual machine runs. What is
   * left of one of that name is removed.
   */
  create(machine: Machine): Promise<void>;
  /** Resolves when the machine's network and its service manager are up. */
  start(name: string, signal?: AbortSignal): Promise<void>;
  /** Shuts down; what takes too long is ended. */
  stop(name: string): Promise<void>;
  /** Ends the machine at once and removes all that it left on the host. */
  destroy(name: string): Promise<void>;
  /**
   * Runs a program in the machine: nothing of the caller's environment reaches it but `env`, and `cwd` is a directory
   * of the machine.
   */
  exec(name: string, argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Runs a program on the caller's terminal, a shell when none is named; resolves with its exit code. */
  passThrough(name: string, argv: readonly string[]): Promise<number>;
  /** Replaces a file atomically; directories on the way to it are made. */
  write(name: string, path: string, content: string | Uint8Array, options: FileOptions): Promise<void>;
  /** Like write, with the content of a file of the host. */
  copyIn(name: string, hostPath: string, path: string, options: CopyOptions): Promise<void>;
  /**
   * Places a file or a folder of the host's cache in the machine by the shortest way, with its modes; nothing in the machine may
   * change it then. Resolves with whether it has: not where something is there already, or where this is impossible. Absent: never.
   */
  linkIn?(name: string, hostPath: string, path: string): Promise<boolean>;
}

export interface FileOptions {
  /** Permissions: 0o600. */
  readonly mode: number;
}

export interface CopyOptions extends FileOptions {
  /** Hears how many bytes have been copied so far. A driver that copies a large file in a second need not tell. */
  copied?(bytes: number): void;
}

/** What can be told of a machine without entering it. */
export type Fitness =
  | "fit"
  /** Its cable hangs loose: it can be plugged in while the machine runs. */
  | "unplugged"
  /** What it was made with has changed, or its cable is gone: it must be configured again while it stands still. */
  | "outdated";

/** A driver whose machines lie on this host. */
export interface HostedDriver extends Driver {
  /** Every machine that has left something on the host, wanted or not, whole or not. */
  names(): Promise<readonly string[]>;
  /** Tells whether all of a machine exists. */
  isMade(name: string): Promise<boolean>;
  fitness(machine: Machine, isRunning: boolean): Promise<Fitness>;
  /**
   * Folders of its disk that alone stay with a machine that is configured again; undefined where all of it does. Absent: all of it
   * always does. It is asked only of one that is outdated.
   */
  keeps?(machine: Machine): Promise<readonly string[] | undefined>;
  plug(name: string): Promise<void>;
  /** Tells whether a machine is limited as it should be, now and after its next start. Absent: it is by what it was made with. */
  isLimited?(machine: Machine): Promise<boolean>;
  /** Limits a machine, which goes on where it runs. */
  limit?(machine: Machine): Promise<void>;
  /** Of a machine that stands still. */
  configure(machine: Machine): Promise<void>;
  /** Resolves when a running machine's network and its service manager are up. */
  ready(name: string, signal?: AbortSignal): Promise<void>;
  /** Files in the machine that k3s-lab manages: they are looked at at every run. */
  files(machine: Machine): readonly NodeFile[];
  /** In a machine, as root: sets address and route as those files have them. */
  readonly applyNetwork: readonly string[];
}
