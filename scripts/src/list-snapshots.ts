import { bytesOf, type ListedSnapshot } from "@k3s-lab/snapshots";
import { ageText, bytesText } from "@k3s-lab/steps";
import { alignColumns } from "./align-columns.js";

/** Renders the snapshots for a person, the latest last. */
export function renderSnapshots(listed: readonly ListedSnapshot[], dir: string, now: Date): string {
  if (listed.length === 0) return `No snapshot is in ${dir}. \`npm run lab:snapshot\` takes one.`;
  const rows = listed.map(({ name, manifest }) => {
    if (manifest === undefined) return [name, "damaged", "", "", "", ""];
    const { lab, taken, versions, driver, nodes } = manifest;
    const age = ageText(now.getTime() - Date.parse(taken));
    const names = nodes.map((node) => node.name).join(", ");
    return [name, lab, age, bytesText(bytesOf(manifest)), `${versions.k3s} (${driver})`, names];
  });
  return [...alignColumns([["NAME", "LAB", "AGE", "SIZE", "K3S", "NODES"], ...rows]), "", `They are in ${dir}.`].join(
    "\n",
  );
}

/** A snapshot as `lab:snapshots --json` prints it. */
export function snapshotAsJson({ name, manifest }: ListedSnapshot) {
  if (manifest === undefined) return { name, damaged: true };
  const { files: _, schema: _schema, ...rest } = manifest;
  return { ...rest, name, bytes: bytesOf(manifest) };
}
