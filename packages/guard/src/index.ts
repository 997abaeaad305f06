export {
  applyHostGuard,
  type HostGuard,
  hostGuardTable,
  readHostGuard,
  removeHostGuard,
  renderHostGuard,
} from "./host-guard.js";
export { removeTable, replaceTable } from "./nft.js";
export {
  type Match,
  type NftChain,
  type NftRule,
  parseRuleset,
  readRuleset,
  type Ruleset,
  type TableName,
  type Verdict,
} from "./ruleset.js";
