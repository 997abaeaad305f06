export { addressOf, Cidr, formatAddress, parseAddress, parseCidr, parseRange, Range } from "./cidr.js";
export { isVif, type Link, type LinkKind, linkNamed, linkWith, type Neighbour, type Rule, type Vxlan } from "./link.js";
export { linkKind, type SysLink } from "./link-kind.js";
export { ipBatch, type IpLines, type IpState, parseIp, parseIpLines, parseNeighbours } from "./parse-ip.js";
export { parseRoute, type Route, type RouteParts, routeText } from "./route.js";
