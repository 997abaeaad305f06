export { bytesOf, listSnapshots, readManifest, type ListedSnapshot, type Manifest } from "./manifest.js";
export { checkName, nameNow, snapshotFolder, snapshotsDir } from "./places.js";
export { storePrograms } from "./back-up-store.js";
export { checkSnapshot, takeSnapshotStep } from "./take-snapshot.js";
export { checkFit, decideNetwork } from "./fit.js";
export { readRecords, type Records } from "./records.js";
export { restoreStep } from "./restore.js";
export { finishRestore, restoringOf } from "./restoring.js";
