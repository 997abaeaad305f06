import { sha256 } from "@k3s-lab/host";
import type { ContributedFile } from "@k3s-lab/stages";
import type { DesiredNode } from "../config/node-files.js";
import type { NodeSeen } from "./node-seen.js";

/** A file for K3s that was edited on a node. */
interface EditedFile {
  readonly file: ContributedFile;
  /** Whether K3s was started since, and so has read it. */
  readonly isRead: boolean;
}

/** Seconds by which both times may be off. */
const slack = 2;

/**
 * Finds the files that differ although K3s was started with the checksum of the wanted ones: the wanted content has not
 * changed, so the files have.
 */
export function editedFiles(
  { contributed }: Pick<DesiredNode, "contributed">,
  { files, startedWith, startedAt = 0 }: Pick<NodeSeen, "files" | "startedWith" | "startedAt">,
  wantedSum: string,
): readonly EditedFile[] {
  if (startedWith !== wantedSum) return [];
  return contributed.flatMap((file) => {
    const seen = files.get(file.path);
    if (!file.isReadAtStart || seen === undefined || seen.sha256 === sha256(file.content)) return [];
    return [{ file, isRead: (seen.changedAt ?? 0) <= startedAt + slack }];
  });
}

/** Words it: "registries.yaml was edited there; write registry.mirrors and registry.configs in lab.yaml instead". */
export function wordEdited(edited: readonly EditedFile[]): string {
  return edited
    .map(({ file: { path, keys } }) => {
      const name = path.replace(/.*\//, "");
      return `${name} was edited there; write ${keys.join(" and ")} in lab.yaml instead`;
    })
    .join("; ");
}
