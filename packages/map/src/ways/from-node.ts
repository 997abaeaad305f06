import { linkWith } from "@k3s-lab/ip";
import type { NodeObserved } from "../observed.js";
import { ids, leadsIn, type Scene } from "../scene.js";
import type { Stop } from "../topology.js";
import { gatewayWords, loopBy, pastBridge } from "./by-host.js";
import { after, type Course, end, passed } from "./course.js";
import { leaveByRouter } from "./leave.js";

/** Follows what a pod dials and nothing serves. `vif`: by which it came, and may come again. */
export function fromNode(scene: Scene, node: NodeObserved, text: string, vif: string | undefined): Course {
  return after([passed(ids.pods(node.name), text)], pastGuard(scene, node, vif));
}

/** Follows what a node sends to an unserved address: to its guard, and on. */
export function pastGuard(scene: Scene, node: NodeObserved, vif: string | undefined): Course {
  const at = ids.guard(node.name);
  const { guard } = node;
  if (guard?.guarding === true) {
    return end({ at, text: "The node guard rejects it.", is: "cut" }, "cut", "It fails at once, on the node.");
  }
  if (guard !== undefined)
    return after([passed(at, "No guard stands here: it leaves like any packet.")], pastNode(scene, node, vif));
  const perhaps: Stop = { at, text: "The node guard rejects it, if it stands: it could not be seen.", is: "perhaps" };
  const rest = pastNode(scene, node, vif);
  return after([perhaps], rest);
}

/** What leaves a node goes to its gateway. */
function pastNode(scene: Scene, node: NodeObserved, vif: string | undefined): Course {
  const via = node.routes?.find(({ to }) => to === "default" || to === "0.0.0.0/0")?.via;
  const expected = scene.network?.gateway;
  if (via !== undefined && via !== expected) return byOtherGateway(scene, via);
  if (scene.isPrivate) return pastBridge(scene, node, vif);
  return after(
    [passed(ids.link(scene.lanLink ?? ""), gatewayWords(scene))],
    leaveByRouter(scene, {
      text: "The router has no VIF: it answers that there is no route, or does not answer.",
      summary: "It leaves by the router, once. Only a router that sends it back to this host would make it loop.",
    }),
  );
}

/** The node's default route is not the lab's: where it leads, nobody guards. */
function byOtherGateway(scene: Scene, via: string): Course {
  const link = linkWith(scene.seen.host.links, via);
  const at = ids.link(scene.lanLink ?? "");
  const text = `The node's default route leads to ${via}${link === undefined ? "" : `, this host's ${link.name}`}, not to the lab's gateway.`;
  const vif = mappingVif(scene);
  if (vif === undefined) {
    return end(
      { at, text, is: "perhaps" },
      "unknown",
      "It leaves by a gateway that is not the lab's. No VIF maps the cluster now.",
    );
  }
  return after(
    [{ at, text, is: link === undefined ? "perhaps" : "passed" }, passed(ids.routes, "The host's own routes decide.")],
    loopBy(vif),
  );
}

function mappingVif(scene: Scene): string | undefined {
  const answer = scene.seen.answers?.host.unserved;
  return answer?.kind === "by" && leadsIn(scene, answer.dev) ? answer.dev : undefined;
}
