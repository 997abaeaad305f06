export type { HostNetwork, Uplink } from "./network.js";
