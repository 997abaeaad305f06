export { hostArch } from "./arch.js";
export { archiveNames } from "./archives.js";
export { readIfThere, unchanged, writeForCaller } from "./cache.js";
export { hostEnvironment } from "./host-data.js";
export type { Asked, Foreseen, Release, ReleaseFile, Says } from "./release.js";
export { isUnpacked, unpackOnHost } from "./unpack-on-host.js";
export { buildPrograms } from "./build-release.js";
