export { announceSections, askAlong } from "./ask-along.js";
export { type Answers, askNode, type Section } from "./ask-node.js";
export { decideMachines, type Network } from "./decide-machines.js";
export type { MachinesDescription } from "./describe-machines.js";
export {
  type Disks,
  type ExtractedDisk,
  longestFreeze,
  madeAgain,
  type OpenDisks,
  sharedDisk,
  storePath,
} from "./disks/disks.js";
export { disksOf } from "./disks/disks-of.js";
export type { CopyOptions, Driver, FileOptions, HostedDriver, MachineState } from "./driver.js";
export { diskOf } from "./labs/disk.js";
export { findLabs } from "./labs/find-labs.js";
export type { FoundLab } from "./labs/found.js";
export type { HostAlias, Machine, Machines } from "./machine.js";
export { NotRunning } from "./not-running.js";
export { type DriverFacts, type DriverOffer, offerDrivers, seeDrivers } from "./offer-drivers.js";
export { openDriver } from "./open-driver.js";
export { foreseeRestart, type Restart } from "./steps/fleet.js";
export { machinesSteps } from "./steps/machines-steps.js";
export { removeMachines } from "./steps/remove-machines.js";
export { asRoot, isDockers, mayEnter, requireRoot, requireRootFor } from "./require-root.js";
export { machinesRecord } from "./record.js";
export { buildPrograms, diskShares, programs, sysctls } from "./host-needs.js";
export {
  type FileSeen,
  filesSection,
  type NodeNetwork,
  networkSection,
  serviceManagerSection,
  waysSection,
} from "./sections.js";
export { keepalived, leaveScript } from "./shared-address.js";
export { type DebianSource, debianSource } from "./rootfs/debian-source.js";
export { debianOptions, suite as debianSuite } from "./rootfs/recipe.js";
export { containerName } from "./drivers/docker/names.js";
export { describeRelay, type RelayDescription } from "./drivers/docker/relay.js";
export { hasImage, nodeImage } from "./drivers/docker/image.js";
export { imageStep } from "./steps/docker-steps.js";
export { machinesStage } from "./stage.js";
export { cachedImages, machinePlaces, sharedStore } from "./places.js";
export { cachedSystems } from "./rootfs/cache-entries.js";
export { readStopped } from "./standing.js";
