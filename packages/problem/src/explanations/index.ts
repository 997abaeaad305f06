import type { ErrorId } from "../errors.js";
import { background } from "./background.js";
import { commandLine } from "./command-line.js";
import { configuration } from "./configuration.js";
import { conformance } from "./conformance.js";
import { docker } from "./docker.js";
import { doctor } from "./doctor.js";
import { explaining } from "./explaining.js";
import type { Explanation } from "./explanation.js";
import { files } from "./files.js";
import { guard } from "./guard.js";
import { host } from "./host.js";
import { images } from "./images.js";
import { k3s } from "./k3s.js";
import { kubernetes } from "./kubernetes.js";
import { machines } from "./machines.js";
import { maps } from "./maps.js";
import { modules } from "./modules.js";
import { network } from "./network.js";
import { nodeJs } from "./node-js.js";
import { plan } from "./plan.js";
import { registry } from "./registry.js";
import { reports } from "./reports.js";
import { running } from "./running.js";
import { settingUp } from "./setting-up.js";
import { snapshots } from "./snapshots.js";
import { sources } from "./sources.js";

export type { Explanation } from "./explanation.js";

/**
 * Explains every error of the table. These texts are loaded by what shows them, and by nothing that only throws: every
 * command would wait for them.
 */
export const explanations: Readonly<Record<ErrorId, Explanation>> = {
  ...configuration,
  ...commandLine,
  ...settingUp,
  ...background,
  ...docker,
  ...doctor,
  ...explaining,
  ...files,
  ...guard,
  ...host,
  ...images,
  ...k3s,
  ...kubernetes,
  ...machines,
  ...maps,
  ...modules,
  ...network,
  ...nodeJs,
  ...plan,
  ...registry,
  ...reports,
  ...running,
  ...snapshots,
  ...sources,
  ...conformance,
};

/** What the errors of an area are about, by the middle of their ids, in the order in which they are listed. */
export const areas = {
  CFG: "Configuration",
  CLI: "Command line",
  INI: "Setting up",
  NET: "Network of the host and the lab",
  HST: "Host",
  NOD: "Node.js",
  FIL: "Files",
  PLN: "Plans",
  MCH: "Machines",
  DKR: "Docker",
  SNP: "Snapshots",
  SRC: "Where K3s comes from",
  MOD: "K3s from Go modules",
  K3S: "K3s on the nodes",
  KUB: "The cluster's API",
  REG: "Registry",
  IMG: "Images",
  MAP: "The map",
  DOC: "Doctor",
  GRD: "Guard",
  RUN: "Running steps and programs",
  RPT: "Reports",
  ERR: "Explanations",
  TST: "Conformance tests",
  DEV: "Tests of k3s-lab",
} as const;
