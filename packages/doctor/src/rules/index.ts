import type { Rule } from "../rule.js";
import { alsoProxyUnguarded, forwardOnlyGuard, nodeGuardBroken, unguardedNode } from "./guards.js";
import { moved, noUplink, overlap, vifThere } from "./host-routes.js";
import { forwardingOff, hostSideUndone, hostUnguarded, labUnrouted } from "./host-side.js";
import { addressTaken, hostsEntry, machineDown, nodeNotReady, podWaits, registryMute } from "./lab.js";
import { clockSkew, diskFull, expired, expiresSoon, wrongFlannel, wrongListener } from "./nodes.js";
import { resolverLeadsBack, sharedResolver } from "./resolvers.js";
import { hostIsNextHop, lanIsNotTheWayOut, loopIsIdle, twoDefaultRoutes, userModeGateway } from "./routes.js";
import { telepresenceCollides } from "./telepresence.js";

/** In the order of their numbers; R1 to R12 are those that the loop itself asks for. */
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
  vifThere,
  moved,
  forwardingOff,
  twoDefaultRoutes,
  wrongListener,
  nodeGuardBroken,
  hostUnguarded,
  labUnrouted,
  hostSideUndone,
  wrongFlannel,
  clockSkew,
  expired,
  expiresSoon,
  hostsEntry,
  diskFull,
  addressTaken,
  machineDown,
  nodeNotReady,
  registryMute,
  podWaits,
  telepresenceCollides,
  noUplink,
];
