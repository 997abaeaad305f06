import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Lab, openLab } from "@k3s-lab/lab";

/** The lab of a lab.yaml in a folder. */
export function labIn(dir: string, yaml = ""): Promise<Lab> {
  const file = join(dir, "lab.yaml");
  writeFileSync(file, yaml);
  return openLab(file);
}
