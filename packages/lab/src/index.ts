export { certificateFilesRecord, nodesCertificateFiles, trustedByNodes, useHostSettings } from "./host-settings.js";
export { defaultK3sVersion, type LabConfig, type NodeConfig } from "./config.js";
export { flagsOf, isToldToAgents, type K3sFlags } from "./k3s-flags.js";
export { labDigest, type LabFile, labFiles } from "./files.js";
export { configRecord, findConfig, type Lab, openLab, readConfig, recordConfig } from "./lab.js";
export { readLabFile, writeLabFile } from "./lab-file.js";
export {
  abandonedLab,
  claimPlace,
  forgetPlace,
  isPlaceNoted,
  type LabPlace,
  notePlace,
  placeDirs,
  type PlaceDirs,
  placeFiles,
  placesDir,
  readPlaces,
} from "./place.js";
export { namedPath, pathFrom } from "./named-path.js";
export { parseTaint, type Taint } from "./node-labels.js";
export {
  isVagrant,
  type MachineProvider,
  machineProvider,
  needsRoot,
  refuseProvider,
  settleProvider,
  type VagrantProvider,
} from "./provider.js";
export { addressees, hasSeveralServers, relayName, serverNames, sharedName } from "./servers.js";
export { LabState, type StateFile } from "./state.js";
export { type Upstream, upstreamOf } from "./upstream.js";
