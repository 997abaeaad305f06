export type { Background, BackgroundOptions } from "./background.js";
export { type EmulatedHost, emulateHost, type EmulateOptions, type World } from "./emulate-host.js";
export type { ForwardPolicy } from "./firewall.js";
export { lan } from "./names.js";
export type { RouterManner } from "./network.js";
export { diffSnapshots, type Snapshot, snapshotHost, type SnapshotOptions } from "./snapshot.js";
export type { Section } from "./snapshot-script.js";
export { sweep } from "./sweep.js";
export type { Packet, Vif, VifOptions } from "./vif.js";
