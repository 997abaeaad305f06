export type { Kubectl } from "./cluster-objects.js";
export { removeRegistry } from "./hosts.js";
export { archivePath, fetchArchive } from "./image-archive.js";
export { type Pushed, pushImage, type PushOptions } from "./push.js";
export { decideRegistry, describeRegistry, type Registry, type RegistryDescription } from "./registry.js";
export { programs } from "./skopeo.js";
export { registrySteps } from "./steps.js";
export type { Nodes, World } from "./world.js";
