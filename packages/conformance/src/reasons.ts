import { missingModules } from "@k3s-lab/host";
import { firstLines } from "./read-report.js";
import type { SpecResult } from "./spec-result.js";

/** What is known of the machine that decides how specs can end. */
export interface Circumstances {
  /** Whether the nodes' kernel has SCTP; undefined where it is not this machine's. */
  readonly hasSctp: boolean | undefined;
}

/** Looks at this machine, whose kernel the lab's nodes share. */
export function seeCircumstances(): Circumstances {
  return { hasSctp: missingModules(["sctp", "ip_sctp"]).length < 2 };
}

/** Tells why a spec has failed: by what is known of the machine, else by what the suite has printed. */
export function reasonOf({ name, message = "" }: SpecResult, { hasSctp }: Circumstances): string {
  if (hasSctp === false && name.includes("[Feature:SCTPConnectivity]")) return "SCTP: not in this kernel";
  return firstLines(message);
}
