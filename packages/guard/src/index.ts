export {
  type AllowedRoute,
  applyHostGuard,
  hasHostGuard,
  hostGuardRejections,
  type HostGuard,
  hostGuardTable,
  renderHostGuard,
} from "./host-guard.js";
export { removeTable, replaceTable } from "./nft.js";
export {
  inTable,
  type Match,
  type NftChain,
  type NftRule,
  parseRuleset,
  readRuleset,
  type Ruleset,
  type TableName,
  type Verdict,
} from "./ruleset.js";
export { type NodeGuardFile, nodeGuardFiles, nodeGuardStartScript } from "./node-guard/files.js";
export { nodeGuardIptables } from "./node-guard/iptables.js";
export { type NodeGuardOptions, nodeGuardTable } from "./node-guard/names.js";
export { nodeGuardRuleset } from "./node-guard/nftables.js";
export { readNodeGuard } from "./node-guard/read.js";
export {
  faultText,
  type GuardFault,
  type NodeGuardSeen,
  type Rejected,
  type Rejections,
} from "./node-guard/node-guard-seen.js";
export { nodeGuardSection, nodeGuardSeeScript } from "./node-guard/see.js";
