import type { Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { machinesRecord } from "../record.js";
import { providerOf } from "../standing.js";
import type { Disks } from "./disks.js";
import { dockerDisks } from "./docker-disks.js";
import { lxcDisks } from "./lxc-disks.js";

/** Opens the disks of a lab's machines. Throws where their driver has none that could be archived. */
export function disksOf(lab: Pick<Lab, "id" | "state">, provider = providerOf(lab)): Disks {
  if (provider === "lxc") return lxcDisks(lab.id);
  if (provider === "docker") return dockerDisks(lab.id, lab.state.read(machinesRecord)?.docker?.image);
  throw new Problem("LAB-SNP-001", "the lab", `has machines of ${provider ?? "no driver"}, expected lxc or docker`, {
    remedy: "Use the snapshots of your hypervisor for virtual machines.",
  });
}
