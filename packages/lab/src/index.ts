export { caller, type Caller, giveToCaller, makeForCaller } from "./caller.js";
export { defaultK3sVersion, type LabConfig, type NodeConfig } from "./config.js";
export { cacheDir, labDigest, type LabFile, labFiles, systemDir } from "./files.js";
export { findConfig, type Lab, openLab } from "./lab.js";
export { takeLock } from "./lock.js";
export { type MachineProvider, machineProvider, needsRoot, refuseProvider, type VagrantProvider } from "./provider.js";
export { LabState, type StateFile } from "./state.js";
