export { hostArch } from "./arch.js";
export {
  fetchRelease,
  foreseeRelease,
  isFetched,
  knownRelease,
  nameOfRelease,
  provisoOf,
  type ReleaseQuery,
} from "./find-release.js";
export { hostEnvironment } from "./host-data.js";
export { knownFlags } from "./known-flags.js";
export { type Asked, type Foreseen, isModules, type Log, type Release, type ReleaseFile } from "./release.js";
export { cachedK3s } from "./cache-entries.js";
export { unpackedOnHost } from "./unpack-on-host.js";
