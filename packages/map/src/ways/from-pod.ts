import { dialingNode } from "../cluster-side.js";
import type { NodeObserved, ToPlaces } from "../observed.js";
import { ids, type Scene } from "../scene.js";
import type { Stop } from "../topology.js";
import { brokenBridge, gatewayWords, outwardGuard } from "./by-host.js";
import { after, type Course, end, passed } from "./course.js";
import { fromNode } from "./from-node.js";
import { leave, leaveByRouter, leavesOnce } from "./leave.js";

/** Follows a request of a pod. */
export function fromPod(scene: Scene, goal: keyof ToPlaces): Course {
  const node = dialingNode(scene);
  const [first] = scene.seen.nodes;
  if (node === undefined) {
    const at = ids.pods(first?.name ?? "");
    return end({ at, text: "No node runs, so no pod dials.", is: "cut" }, "stuck", "No node runs.");
  }
  if (goal === "unserved") return fromNode(scene, node, "A pod dials. Nothing serves the address.", undefined);
  return goal === "served" ? toPod(scene, node) : toInternet(scene, node);
}

function toPod(scene: Scene, node: NodeObserved): Course {
  const other = scene.running.find(({ name, role }) => name !== node.name && role === "server") ?? node;
  const start = passed(ids.pods(node.name), "A pod dials a service.");
  const lets = passed(ids.guard(node.name), "kube-proxy has translated it to a pod: the guard lets it pass.");
  const isSure = other.ready && scene.seen.k3s?.silence === undefined;
  const text = other === node ? "A pod of the same node answers." : "A pod of another node answers.";
  const last: Stop = { at: ids.pods(other.name), text, is: isSure ? "answered" : "perhaps" };
  const ending: Course = isSure
    ? end(last, "answered", "It is answered.")
    : end(last, "unknown", `It is answered if pods run: ${other.name} is not called Ready.`);
  if (other === node) return after([start, lets], ending);
  const between = ids.link(scene.lanLink ?? "");
  return after(
    [
      start,
      lets,
      passed(between, "Nodes reach each other by their LAN."),
      passed(ids.guard(other.name), "It is for a pod of this node: the guard lets it pass."),
    ],
    ending,
  );
}

function toInternet(scene: Scene, node: NodeObserved): Course {
  const start = [
    passed(ids.pods(node.name), "A pod dials an address of the internet."),
    passed(ids.guard(node.name), "It is none of the cluster's: the guard lets it pass."),
  ];
  const bridge = passed(ids.link(scene.lanLink ?? ""), gatewayWords(scene));
  if (!scene.isPrivate) return after([...start, bridge], leaveByRouter(scene, leavesOnce));
  const broken = brokenBridge(scene);
  if (broken !== undefined) return after(start, broken);
  const answer = scene.seen.answers?.node?.outside;
  const looksUp = ids[scene.hasTable ? "table" : "routes"];
  if (answer?.kind !== "by") {
    const why = answer?.why ?? "the host's kernel was not asked";
    const stop: Stop = { at: looksUp, text: `No way out: ${why}.`, is: answer?.kind === "refused" ? "cut" : "perhaps" };
    const verdict = answer?.kind === "refused" ? "stuck" : "unknown";
    return after([...start, bridge], end(stop, verdict, "Nodes reach nothing beyond the host."));
  }
  const table = passed(looksUp, `It is to leave by ${answer.dev}.`);
  const guard = outwardGuard(scene, answer.dev);
  if (guard.is === "cut") {
    const summary = "Nodes reach nothing beyond the host: their packets would leave by a way that is not the lab's.";
    return after([...start, bridge, table], end(guard, "stuck", summary));
  }
  return after(
    [...start, bridge, table, guard],
    leave(scene, answer.dev, { ...leavesOnce, text: "It leaves in the host's name." }),
  );
}
