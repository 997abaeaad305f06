import { certificateFilesRecord, type Lab } from "@k3s-lab/lab";
import type { Step } from "@k3s-lab/steps";
import { recordStep } from "./record-step.js";

/** Records which files of authorities nodes trust by a shell's variables, before a node does: see nodesCertificateFiles(). */
export function recordCertificateFilesStep(lab: Pick<Lab, "state">, files: readonly string[]): Step {
  return recordStep(lab, {
    id: "record-certificate-files",
    title: "Record certificate files",
    record: certificateFilesRecord,
    value: { files },
    unrecorded: { files: [] },
    sentence: `record that nodes trust ${files.join(" and ") || "no files of the shell's variables"}`,
  });
}
