export {
  type AsCaller,
  asCaller,
  cacheDir,
  type Caller,
  caller,
  giveFolderToCaller,
  giveToCaller,
  isRootByDocker,
  makeForCaller,
  rootByDocker,
  userName,
} from "./caller.js";
export {
  type Added,
  addedAuthorities,
  type Authority,
  certificateFiles,
  certificateVariables,
  joinAdded,
  ownAuthorities,
  readAuthorities,
  hostStores,
  trustedCertificates,
} from "./certificates.js";
export { changeHostsFile } from "./change-hosts-file.js";
export { type CacheEntry, collectCachesStep, folderEntries, outdated } from "./cache-entries.js";
export { bytesIn } from "./bytes-in.js";
export { collectScratchStep } from "./collect-scratch.js";
export { missingControllers } from "./controllers.js";
export { type FileSystemSpace, requireExecutable, spaceAt } from "./file-system.js";
export { systemDir } from "./files.js";
export type { HostSystem } from "./host-system.js";
export { parseProxy, proxiesForApt, proxyFor } from "./proxies.js";
export { type HostsEntry, hostsEntries, hostsFile, lineNaming, withBlock, withoutBlock } from "./hosts-file.js";
export { withHostLock } from "./host-lock.js";
export { participants, takeLock, takePart } from "./lock.js";
export { ensureModules, missingModules } from "./modules.js";
export { listFolder, readIfExists, readText } from "./read-text.js";
export { scratchFolder } from "./scratch-folder.js";
export { sha256 } from "./sha256.js";
export {
  ensurePrograms,
  type InstallOptions,
  isInstalled,
  programFile,
  mayInstall,
  missingPrograms,
  type Program,
} from "./programs.js";
export { heldSysctls, holdSysctls, readSysctl, releaseSysctls } from "./sysctls.js";
export type { DesiredSysctl } from "./sysctl-records.js";
export { encodingOf, invalidUtf8At } from "./text-encoding.js";
export { modulesStep, programsStep } from "./steps.js";
