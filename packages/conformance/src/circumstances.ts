import { missingModules } from "@k3s-lab/host";

/** What is known of the machine that decides how specs can end. */
export interface Circumstances {
  /** Whether the nodes' kernel has SCTP; undefined where it is not this machine's. */
  readonly hasSctp: boolean | undefined;
}

/** Looks at this machine, whose kernel the lab's nodes share. */
export function seeCircumstances(): Circumstances {
  return { hasSctp: missingModules(["sctp", "ip_sctp"]).length < 2 };
}
