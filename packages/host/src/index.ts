export { changeHostsFile } from "./change-hosts-file.js";
export type { HostSystem } from "./host-system.js";
export { type HostsEntry, hostsEntries, hostsFile, withBlock, withoutBlock } from "./hosts-file.js";
export { ensureModules, missingModules } from "./modules.js";
export { ensurePrograms, type InstallOptions, isInstalled, missingPrograms, type Program } from "./programs.js";
export { heldSysctls, holdSysctls, readSysctl, releaseSysctls } from "./sysctls.js";
export type { SysctlWish } from "./sysctl-records.js";
export { modulesStep, programsStep } from "./steps.js";
