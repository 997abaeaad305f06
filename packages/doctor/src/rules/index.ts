import type { Rule } from "../rule.js";
import { alsoProxyUnguarded, forwardOnlyGuard, nodeGuardBroken, unguardedNode } from "./guards.js";
import { hostMoved, noUplink, overlap, routesChanged, vifPresent, vpnUnreached } from "./host-routes.js";
import { forwardingOff, hostSideIncomplete, hostUnguarded, labUnrouted } from "./host-side.js";
import {
  addressTaken,
  hostsEntry,
  machineStopped,
  nodeNotReady,
  podNotRunning,
  registrySilent,
  relayDown,
} from "./lab.js";
import { clockSkew, diskFull, expired, expiresSoon, wrongFlannel, wrongListener } from "./nodes.js";
import { nodeKnowsNoName, podKnowsNoName, resolverLeadsBack, sharedResolver } from "./resolvers.js";
import { hostIsNextHop, lanIsNotTheWayOut, loopIsIdle, twoDefaultRoutes, userModeGateway } from "./routes.js";
import { telepresenceCollides } from "./telepresence.js";
import { authorityNotTrusted, proxyLeftOut } from "./trust.js";

/** In the order of their numbers; R1 to R12 concern the loop itself. */
export const rules: readonly Rule[] = [
  hostIsNextHop,
  lanIsNotTheWayOut,
  userModeGateway,
  loopIsIdle,
  alsoProxyUnguarded,
  resolverLeadsBack,
  sharedResolver,
  unguardedNode,
  forwardOnlyGuard,
  overlap,
  vifPresent,
  hostMoved,
  forwardingOff,
  twoDefaultRoutes,
  wrongListener,
  nodeGuardBroken,
  hostUnguarded,
  labUnrouted,
  hostSideIncomplete,
  wrongFlannel,
  clockSkew,
  expired,
  expiresSoon,
  hostsEntry,
  diskFull,
  addressTaken,
  machineStopped,
  nodeNotReady,
  registrySilent,
  podNotRunning,
  telepresenceCollides,
  noUplink,
  nodeKnowsNoName,
  podKnowsNoName,
  proxyLeftOut,
  authorityNotTrusted,
  vpnUnreached,
  routesChanged,
  relayDown,
];
