import type { NodeObserved, RouteAnswer } from "../observed.js";
import { ids, isUp, leadsIn, type Scene } from "../scene.js";
import type { Stop } from "../topology.js";
import { after, type Course, end, passed } from "./course.js";
import { leave, leavesOnce } from "./leave.js";

/** Follows what leaves a node of a private LAN: the host decides, by the lab's table, then by the host guard. */
export function pastBridge(scene: Scene, node: NodeObserved, vif: string | undefined): Course {
  const broken = brokenBridge(scene);
  if (broken !== undefined) return broken;
  const bridge = passed(ids.link(scene.lanLink ?? ""), gatewayWords(scene));
  const answer = scene.seen.answers?.node?.unserved;
  if (answer === undefined || answer.kind === "unknown") return after([bridge], unanswered(scene, answer));
  if (answer.kind === "refused") {
    const at = scene.hasTable ? ids.table : ids.routes;
    const who = scene.hasTable ? "The lab's table" : "The host's own routes";
    return after(
      [bridge],
      end(
        { at, text: `${who} refuse${scene.hasTable ? "s" : ""} it: ${answer.why}.`, is: "cut" },
        "cut",
        "It fails at once, in the host's routes.",
      ),
    );
  }
  const { dev } = answer;
  const routed = passed(
    scene.hasTable ? ids.table : ids.routes,
    scene.hasTable
      ? `The lab's table sends it out by ${dev}.`
      : `Without the lab's table, the host's own routes decide: out by ${dev}.`,
  );
  const guard = hostGuardStop(scene, dev);
  if (guard.is === "cut")
    return after([bridge, routed, guard], {
      stops: [],
      verdict: "cut",
      summary: "It fails at once, in the host's firewall.",
    });
  const rest = leadsIn(scene, dev)
    ? loopBy(dev, node, vif)
    : leave(scene, dev, { ...leavesOnce, text: "The host sends it on, to where nobody has that address." });
  return after([bridge, routed, guard], rest);
}

function hostGuardStop({ seen: { host } }: Scene, dev: string): Stop {
  const at = ids.hostGuard;
  if (host.guarded === true)
    return { at, text: `The host guard rejects it: only the bridge leads to services, not ${dev}.`, is: "cut" };
  if (host.guarded === false) return passed(at, "There is no host guard: it is forwarded.");
  return { at, text: "The host guard rejects it, if it stands: only root may look.", is: "perhaps" };
}

function unanswered(scene: Scene, answer: Extract<RouteAnswer, { kind: "unknown" }> | undefined): Course {
  const why = answer?.why ?? "the host's kernel was not asked";
  const at = scene.hasTable ? ids.table : ids.routes;
  return end({ at, text: `Unknown: ${why}.`, is: "perhaps" }, "unknown", "Where it goes could not be seen.");
}

/** Tells what the host guard does with what leaves the lab. */
export function outwardGuard({ seen: { host }, uplink, network }: Scene, dev: string): Stop {
  const at = ids.hostGuard;
  if (host.guarded === false) return passed(at, "There is no host guard.");
  const isAllowed = dev === uplink?.name || network?.routes.some((route) => route.interface === dev);
  if (isAllowed) return passed(at, `The host guard lets pass what leaves by ${dev}.`);
  if (host.guarded === undefined)
    return { at, text: `The host guard lets nothing leave by ${dev}, if it stands.`, is: "perhaps" };
  return { at, text: `The host guard lets nothing leave by ${dev}.`, is: "cut" };
}

/** Tells why nothing passes the host's bridge; undefined where it passes. */
export function brokenBridge(scene: Scene): Course | undefined {
  const at = ids.link(scene.lanLink ?? "");
  if (!isUp(scene, scene.lanLink)) {
    const text = `${scene.lanLink} is missing or down: the node is cut off.`;
    return end({ at, text, is: "cut" }, "stuck", "It does not leave the node's LAN, whose bridge is missing or down.");
  }
  if (scene.seen.host.forwarding !== "0") return undefined;
  return end(
    { at, text: "The host forwards nothing (net.ipv4.ip_forward is 0).", is: "cut" },
    "stuck",
    "The host forwards nothing.",
  );
}

/** Describes a node's gateway, as a sentence. */
export function gatewayWords({ isPrivate, network }: Scene): string {
  const gateway = network?.gateway ?? "";
  return isPrivate
    ? `The node's gateway is the host, ${gateway}.`
    : `The node's gateway is the LAN's router, ${gateway}.`;
}

/** Closes the loop: what enters the VIF is dialled in the cluster again. */
export function loopBy(dev: string, node?: NodeObserved, vif?: string): Course {
  const again =
    vif === undefined ? "takes it into the cluster, where it is dialled again" : "takes it into the cluster once more";
  const back: readonly Stop[] =
    node === undefined
      ? []
      : [{ at: ids.pods(node.name), text: "A pod dials the same address, and so on.", is: "looped" }];
  return {
    stops: [{ at: ids.link(dev), text: `${dev} ${again}.`, is: "looped" }, ...back],
    verdict: "loops",
    summary: "It loops: one request becomes thousands. `npm run doctor -- --fix` puts the guards back.",
  };
}
