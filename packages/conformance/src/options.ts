import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Problem } from "@k3s-lab/problem";
import type { Registry } from "@k3s-lab/registry";
import type { Invocation } from "@k3s-lab/scripts/run-command";
import { parseRegistry } from "./other-cluster.js";
import { ownPart, type Part, parts } from "./parts.js";

export const spec = {
  script: "test:conformance",
  does: "Runs Kubernetes' own conformance tests, those of NetworkPolicy and those of volumes against a lab of its own, and writes docs/conformance.md. A run that was killed goes on where it was. Takes hours.",
  withoutLab: true,
  flags: {
    part: { value: "PART", does: `only this part: ${parts.map(({ id }) => id).join(", ")}` },
    focus: { value: "REGEXP", does: "only the specs that match; no record is kept of them" },
    procs: { value: "N", does: "how many specs run at once; default: 5, for network-policy 3" },
    failed: { does: "run the failed specs of parts that were run once more" },
    again: { does: "forget what was run, and start over" },
    build: { does: "build the suite and its images, and do nothing else" },
    keep: { does: "leave the lab up" },
    kubeconfig: { value: "FILE", does: "test this cluster instead of a lab" },
    registry: {
      value: "HOST:PORT",
      does: "with --kubeconfig: push the images there by plain HTTP, for its nodes to pull; default: they pull from registry.k8s.io",
    },
    report: { value: "FILE", does: "write the page there and not into docs; needed with --kubeconfig" },
  },
  examples: [
    ["", "everything, and docs/conformance.md"],
    ["--focus 'CronJob.*Conformance' --keep", "some specs; the next time in the same lab"],
    ["--kubeconfig k3s.yaml --registry 192.168.1.5:5000 --report release.md", "an official release, to compare"],
  ],
} as const;

/** What a command line asks for. */
export interface Options {
  readonly parts: readonly Part[];
  /** Whether the part is the user's own, of which no record is kept. */
  readonly isOwn: boolean;
  readonly procs: number | undefined;
  readonly failed: boolean;
  readonly again: boolean;
  readonly build: boolean;
  readonly keep: boolean;
  /** The cluster to test; undefined for a lab. */
  readonly kubeconfig: string | undefined;
  readonly registry: Registry | undefined;
  readonly report: string | undefined;
}

type Line = Pick<Invocation<keyof typeof spec.flags>, "flag" | "value" | "command">;

/** Reads the flags; relative paths begin at `folder`. Throws a Problem for what cannot be meant. */
export function readOptions({ flag, value, command }: Line, folder: string): Options {
  const refuse = (what: string) => new Problem("LAB-CLI-001", command, what);
  const path = (name: "kubeconfig" | "report") => {
    const written = value(name);
    return written === undefined ? undefined : resolve(folder, written);
  };
  const [id, focus, kubeconfig, report] = [value("part"), value("focus"), path("kubeconfig"), path("report")];
  if (id !== undefined && focus !== undefined) throw refuse("--part and --focus exclude each other");
  const chosen = focus !== undefined ? [ownPart(focus)] : parts.filter((part) => id === undefined || part.id === id);
  if (chosen.length === 0) {
    throw refuse(`--part is ${id}, expected one of ${parts.map((part) => part.id).join(", ")}`);
  }
  const procs = value("procs");
  if (procs !== undefined && !/^[1-9]\d*$/.test(procs)) throw refuse(`--procs is ${procs}, expected a number from 1`);
  const named = value("registry");
  const registry = named === undefined ? undefined : parseRegistry(named);
  if (named !== undefined && registry === undefined) throw refuse(`--registry is ${named}, expected HOST:PORT`);
  if (registry !== undefined && kubeconfig === undefined) {
    throw refuse("--registry is for --kubeconfig: a lab has a registry of its own");
  }
  if (kubeconfig !== undefined && !existsSync(kubeconfig)) {
    throw refuse(`--kubeconfig names ${kubeconfig}, which does not exist`);
  }
  if (kubeconfig !== undefined && report === undefined && focus === undefined) {
    throw refuse("--kubeconfig needs --report FILE: docs/conformance.md is about the build from Go modules");
  }
  return {
    parts: chosen,
    isOwn: focus !== undefined,
    procs: procs === undefined ? undefined : Number(procs),
    failed: flag("failed"),
    again: flag("again"),
    build: flag("build"),
    keep: flag("keep"),
    kubeconfig,
    registry,
    report,
  };
}
