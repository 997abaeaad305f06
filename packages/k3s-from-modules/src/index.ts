export { buildModules, findBuild, type BuildOptions } from "./build.js";
export { BuildFailed, BuildToolsMissing, GoMissing, GoTooOld } from "./errors.js";
export { flagsOfBuild } from "./flags.js";
export { packPackage, type PackOptions } from "./pack-package.js";
export { platformPackage, type PlatformPackage } from "./platform-package.js";
export { images, kubernetesVersion, releaseFiles, type Arch, type ReleaseFiles } from "./release.js";
export type { Progress } from "./progress.js";
export { buildTools } from "./tools.js";
