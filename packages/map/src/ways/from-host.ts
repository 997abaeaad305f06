import { dialingNode } from "../cluster-side.js";
import type { ToPlaces } from "../observed.js";
import { ids, leadsIn, type Scene } from "../scene.js";
import type { Stop } from "../topology.js";
import { after, type Course, end, passed } from "./course.js";
import { fromNode, pastGuard } from "./from-node.js";
import { leave } from "./leave.js";

/** Follows a request of a program of the host to a service. */
export function fromHost(scene: Scene, goal: keyof ToPlaces): Course {
  const dials = passed(ids.programs, "A program on the host dials.");
  const answer = scene.seen.answers?.host[goal];
  if (answer === undefined || answer.kind === "unknown") {
    const why = answer?.why ?? "the host's kernel was not asked";
    return after([dials], end(passed(ids.routes, `Unknown: ${why}.`), "unknown", "Where it goes could not be seen."));
  }
  if (answer.kind === "refused") {
    const cut: Stop = { at: ids.routes, text: `The host has no route there: ${answer.why}.`, is: "cut" };
    return after([dials], end(cut, "cut", "It fails at once, on the host. Nothing maps the cluster to it."));
  }
  const { dev, gateway } = answer;
  const routed = passed(ids.routes, `By the host's routes it leaves by ${dev}.`);
  if (leadsIn(scene, dev)) return after([dials, routed], intoVif(scene, dev, goal));
  if (scene.seen.nodes.some(({ address }) => address === gateway))
    return after([dials, routed], ontoNode(scene, goal, gateway));
  return after(
    [dials, routed],
    leave(scene, dev, {
      text: "No VIF maps the services: the host treats it like any address.",
      summary: "It leaves the host, and reaches no pod: only a VIF would lead there.",
    }),
  );
}

/** What enters a VIF is dialled again in the cluster. */
function intoVif(scene: Scene, dev: string, goal: keyof ToPlaces): Course {
  const node = dialingNode(scene);
  const accepts = passed(ids.link(dev), `${dev} accepts it at once, and passes it to what is at its other end.`);
  if (node === undefined) {
    const cut: Stop = { at: ids.link(dev), text: `${dev} takes it; no node runs that could dial.`, is: "cut" };
    return end(cut, "stuck", "The VIF leads to a cluster none of whose nodes runs.");
  }
  const dials = "A pod dials for it: Telepresence's manager, or a VPN's end";
  if (goal === "served") {
    const text = `${dials}. kube-proxy translates it to a pod that serves.`;
    return after([accepts], end({ at: ids.pods(node.name), text, is: "answered" }, "answered", "It is answered."));
  }
  return after([accepts], fromNode(scene, node, `${dials}. Nothing serves the address.`, dev));
}

/** The host has a route to the cluster's addresses by way of a node. */
function ontoNode(scene: Scene, goal: keyof ToPlaces, gateway: string | undefined): Course {
  const node = scene.running.find(({ address }) => address === gateway) ?? dialingNode(scene);
  const onLan = passed(ids.link(scene.lanLink ?? ""), "The host's route leads to a node.");
  if (node === undefined)
    return end({ ...onLan, is: "cut" }, "stuck", "The host's route leads to a node, and none runs.");
  if (goal === "served") {
    return after(
      [onLan, passed(ids.guard(node.name), "kube-proxy has translated it: the guard lets it pass.")],
      end({ at: ids.pods(node.name), text: "A pod answers.", is: "answered" }, "answered", "It is answered."),
    );
  }
  return after([onLan], pastGuard(scene, node, undefined));
}
