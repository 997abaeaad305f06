import { isIPv4 } from "node:net";
import { type Cidr, parseCidr } from "@k3s-lab/ip";
import type { Lab } from "@k3s-lab/lab";
import type { Driver } from "@k3s-lab/machines";
import type { Remains } from "@k3s-lab/stages";
import { parse } from "yaml";
import { k3sPaths } from "./paths.js";
import { readOnServer } from "./read-on-server.js";
import { readCluster } from "./record.js";

/** Finds the networks of a lab's cluster, which cannot be changed: in its record, or else in its server's configuration. */
export async function remainsOf(lab: Lab, driver?: Pick<Driver, "exec">): Promise<Remains> {
  const recorded = readCluster(lab);
  if (recorded) return { podCidr: recorded.podCidr, serviceCidr: recorded.serviceCidr };
  const config = await readOnServer(lab, k3sPaths.config, driver);
  if (config === undefined) return {};
  const keys = keysOf(config);
  return keys === undefined ? {} : { podCidr: cidrIn(keys["cluster-cidr"]), serviceCidr: cidrIn(keys["service-cidr"]) };
}

/** A file that was damaged, too, tells nothing. */
function keysOf(config: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return (parse(config) as Readonly<Record<string, unknown>> | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function cidrIn(value: unknown): Cidr | undefined {
  const [, address = "", bits] = /^([\d.]+)\/(\d{1,2})$/.exec(String(value)) ?? [];
  return isIPv4(address) && Number(bits) <= 32 ? parseCidr(String(value)) : undefined;
}
