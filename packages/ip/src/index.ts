export { addressOf, Cidr, formatAddress, parseAddress, parseCidr, parseRange, Range } from "./cidr.js";
export { isVif, type Link, type LinkKind, type Route, type Rule } from "./link.js";
export { linkKind, type SysLink } from "./link-kind.js";
export { ipBatch, type IpState, parseIp } from "./parse-ip.js";
