export { addressOf, Cidr, formatAddress, parseAddress, parseCidr, parseRange, Range, unroutable } from "./cidr.js";
export { isVif, type Link, type LinkKind, linkNamed, linkWith, type Neighbour, type Rule, type Vxlan } from "./link.js";
export { linkKind, type SysLink } from "./link-kind.js";
export { type Listener, listenersIn } from "./listeners.js";
export { isLoopbackHost } from "./loopback.js";
export { ipBatch, type IpLines, type IpState, parseIp, parseIpLines, parseNeighbours } from "./parse-ip.js";
export { leadsOut, parseRoute, type Route, type RouteParts, routeText, routeTo } from "./route.js";
