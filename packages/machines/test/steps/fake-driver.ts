import { createHash } from "node:crypto";
import type { Fitness, HostedDriver, MachineState } from "../../src/driver.js";
import type { Machine } from "../../src/machine.js";
import { hostsFile, hostsPath, networkFile, nodeFiles } from "../../src/node-files.js";
import { NotRunning } from "../../src/not-running.js";
import { labId, multi, wanted } from "../sample.js";

export interface FakeMachine {
  state: Exclude<MachineState, "absent">;
  fitness?: Fitness;
  /** Folders that alone stay when it is configured again. */
  keeps?: readonly string[];
  /** What each section of a question prints, and of other sections. */
  says?: string;
  /** Its hosts file. */
  hosts?: string;
}

/** Machines in memory; `did` tells what was done to them, in order. */
export interface FakeDriver extends HostedDriver {
  readonly did: string[];
}

/** `reports`: what a machine reports of itself once it was made, configured or started. */
export function fakeDriver(
  machines: Record<string, FakeMachine>,
  reports: (machine: Machine) => string | undefined = () => undefined,
): FakeDriver {
  const did: string[] = [];
  const tell = async (what: string) => void did.push(what);
  const machine = (name: string) => machines[name] ?? { state: "stopped" };
  return {
    did,
    timeoutFactor: 1,
    names: async () => Object.keys(machines),
    isMade: async (name) => name in machines,
    fitness: async ({ name }: Machine) => machine(name).fitness ?? "fit",
    keeps: async ({ name }) => machine(name).keeps,
    state: async (name) => machines[name]?.state ?? "absent",
    async create(made) {
      const { name } = made;
      const says = reports(made);
      machines[name] = { state: "stopped", ...(says !== undefined && { says }) };
      await tell(`create ${name}`);
    },
    async start(name) {
      machine(name).state = "running";
      await tell(`start ${name}`);
    },
    async stop(name) {
      machine(name).state = "stopped";
      await tell(`stop ${name}`);
    },
    async destroy(name) {
      delete machines[name];
      await tell(`destroy ${name}`);
    },
    async configure(changed) {
      const { name } = changed;
      const says = reports(changed);
      machine(name).fitness = "fit";
      if (says !== undefined) machine(name).says = says;
      did.push(`configure ${name}`);
    },
    async plug(name) {
      machine(name).fitness = "fit";
      await tell(`plug ${name}`);
    },
    ready: (name) => tell(`ready ${name}`),
    async exec(name, argv) {
      const found = machines[name];
      if (found?.state !== "running") throw new NotRunning(name, found?.state ?? "absent");
      if (argv[0] !== "sh") await tell(`${name}: ${argv.join(" ")}`);
      return { exitCode: 0, stdout: answer(argv[2] ?? "", found), stderr: "" };
    },
    files: (each) => nodeFiles(labId, each, wanted),
    applyNetwork: ["ip", "-4", "-batch", networkFile],
    passThrough: async () => 0,
    async write(name, path, content) {
      const sum = createHash("sha256").update(content).digest("hex");
      const says = machine(name).says?.replace(new RegExp(`^[0-9a-f]{64}(?=  ${path}$)`, "m"), sum);
      // Where it is not told what a machine reports, a file stays as it was.
      if (says !== undefined && reports(wanted.machines.find((each) => each.name === name) ?? multi) !== undefined) {
        machine(name).says = says;
        if (path === hostsPath) machine(name).hosts = String(content);
      }
      await tell(`${name}: write ${path}`);
    },
    copyIn: (name, _, path) => tell(`${name}: copy ${path}`),
  };
}

/** As a node's shell would: behind what each section prints stands the mark of this question. */
function answer(script: string, { says = "", hosts = hostsFile(labId, wanted).content }: FakeMachine): string {
  const parts = script.split(/^printf '\\n%s %s\\n' (\S+) .*$/m);
  if (parts.length === 1) return says;
  return parts
    .flatMap((section, index) => (index % 2 === 0 && index + 1 < parts.length ? [[section, parts[index + 1]]] : []))
    .map(([section = "", mark = ""]) => `${section.includes("cat /etc/hosts") ? hosts : says}\n${mark} 0\n`)
    .join("");
}
