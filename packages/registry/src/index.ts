export { type Pushed, pushImages, type PushOptions } from "./push.js";
export { decideRegistry, describeRegistry, Registry, type RegistryDescription } from "./registry.js";
export { type RegistryStatus } from "./describe-registry.js";
export { hostsStep, nameElsewhere } from "./hosts.js";
export { registrySteps } from "./steps.js";
export { serves } from "./registry-api.js";
export { readRegistry, registryRecord } from "./record.js";
export { registryStage, removeRegistry } from "./stage.js";
