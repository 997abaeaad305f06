import { linkWith } from "@k3s-lab/ip";
import { outsideAddress, unservedAddress } from "./ask-kernel.js";
import { dialingNode } from "./cluster-side.js";
import { lanSubnet, routerOf } from "./host-side.js";
import type { NodeObserved, RouteAnswer, ToPlaces } from "./observed.js";
import { ids, isUp, type Scene } from "./scene.js";
import type { Stop, Verdict, Way } from "./topology.js";

/** Where a request goes: an address that a service has, one that none has, or the internet. */
type Goal = keyof ToPlaces;

/** A way, or the rest of one: stops, and how it ends. */
interface Course {
  readonly stops: readonly Stop[];
  readonly verdict: Verdict;
  readonly summary: string;
}

/** Returns the ways of requests as they are now: by what the kernel answers, and by the guards that were seen. */
export function waysOf(scene: Scene): readonly Way[] {
  const { network } = scene;
  if (network === undefined || scene.seen.nodes.length === 0) return [];
  const addresses: Readonly<Record<Goal, string>> = {
    served: network.clusterDns,
    unserved: unservedAddress(network.serviceCidr),
    outside: outsideAddress,
  };
  const goals = { served: "a served address", unserved: "an unserved address", outside: "the internet" };
  const way = (from: "host" | "pod", goal: Goal, course: Course): Way => ({
    id: `${from}-${goal}`,
    title: `${from === "host" ? "From the host" : "From a pod"} to ${goals[goal]}`,
    address: addresses[goal],
    ...settled(course),
  });
  return [
    way("host", "served", fromHost(scene, "served")),
    way("host", "unserved", fromHost(scene, "unserved")),
    ...(["served", "unserved", "outside"] as const).map((goal) => way("pod", goal, fromPod(scene, goal))),
  ];
}

/** A request that nothing surely stops is only called a loop where all that could stop it was seen. */
function settled(course: Course): Course {
  const isUnsure = course.stops.some(({ is }) => is === "perhaps");
  if (course.verdict !== "loops" || !isUnsure) return course;
  return {
    ...course,
    verdict: "may-loop",
    summary: "It loops unless what could not be seen stops it. Look again as root: sudo sees the guards.",
  };
}

function passed(at: string, text: string): Stop {
  return { at, text, is: "passed" };
}

function end(stop: Stop, verdict: Verdict, summary: string): Course {
  return { stops: [stop], verdict, summary };
}

function after(stops: readonly Stop[], course: Course): Course {
  return { ...course, stops: [...stops, ...course.stops] };
}

/** A program of the host dials a service. */
function fromHost(scene: Scene, goal: Goal): Course {
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
  if (scene.vifs.some(({ link }) => link.name === dev)) return after([dials, routed], intoVif(scene, dev, goal));
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
function intoVif(scene: Scene, dev: string, goal: Goal): Course {
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
function ontoNode(scene: Scene, goal: Goal, gateway: string | undefined): Course {
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

/** A pod dials. */
function fromPod(scene: Scene, goal: Goal): Course {
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

/** What the host guard does with what leaves the lab. */
function outwardGuard({ seen: { host }, uplink, network }: Scene, dev: string): Stop {
  const at = ids.hostGuard;
  if (host.guarded === false) return passed(at, "There is no host guard.");
  const isAllowed = dev === uplink?.name || network?.routes.some((route) => route.interface === dev);
  if (isAllowed) return passed(at, `The host guard lets pass what leaves by ${dev}.`);
  if (host.guarded === undefined)
    return { at, text: `The host guard lets nothing leave by ${dev}, if it stands.`, is: "perhaps" };
  return { at, text: `The host guard lets nothing leave by ${dev}.`, is: "cut" };
}

/** A pod, or the node itself, dials what nothing serves. `vif`: by which it came, and may come again. */
function fromNode(scene: Scene, node: NodeObserved, text: string, vif: string | undefined): Course {
  return after([passed(ids.pods(node.name), text)], pastGuard(scene, node, vif));
}

function pastGuard(scene: Scene, node: NodeObserved, vif: string | undefined): Course {
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

function mappingVif({ seen: { answers }, vifs }: Scene): string | undefined {
  const answer = answers?.host.unserved;
  const dev = answer?.kind === "by" ? answer.dev : undefined;
  return vifs.find(({ link }) => link.name === dev)?.link.name;
}

/** On a private LAN, the host decides: by the lab's table, then by the host guard. */
function pastBridge(scene: Scene, node: NodeObserved, vif: string | undefined): Course {
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
  const isVif = scene.vifs.some(({ link }) => link.name === dev);
  const rest = isVif
    ? loopBy(dev, node, vif)
    : leave(scene, dev, { ...leavesOnce, text: "The host sends it to its router, where nobody has that address." });
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

/** On a private LAN: why nothing passes the host's bridge. */
function brokenBridge(scene: Scene): Course | undefined {
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

function gatewayWords({ isPrivate, network }: Scene): string {
  const gateway = network?.gateway ?? "";
  return isPrivate
    ? `The node's gateway is the host, ${gateway}.`
    : `The node's gateway is the LAN's router, ${gateway}.`;
}

/** The loop closes: what enters the VIF is dialled in the cluster again. */
function loopBy(dev: string, node?: NodeObserved, vif?: string): Course {
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

interface Leaving {
  /** What happens where it leaves. */
  readonly text: string;
  readonly summary: string;
}

const leavesOnce: Leaving = {
  text: "It leaves the lab.",
  summary: "It leaves by the router, once, and does not come back.",
};

/** It leaves the host by a link that leads into no cluster. */
function leave(scene: Scene, dev: string, { text, summary }: Leaving): Course {
  const out = ids.link(dev);
  const isToRouter = dev === scene.uplink?.name && (scene.isPrivate || dev === scene.lanLink);
  const beyond = leaveByRouter(scene, { text: "It is out of the host.", summary });
  if (isToRouter && beyond.stops.length > 0) return after([passed(out, text)], beyond);
  return end({ at: out, text: `${text} It leaves by ${dev}.`, is: "left" }, "left", summary);
}

/** It leaves by the LAN, as far as there is one to be seen. */
function leaveByRouter({ uplink, network }: Scene, { text, summary }: Leaving): Course {
  const places = [
    ...(lanSubnet(uplink, network) === undefined ? [] : [ids.lan]),
    ...(routerOf(uplink, network) === undefined ? [] : [ids.router]),
  ];
  const stops = places.map((at, index): Stop => {
    return index < places.length - 1 ? passed(at, "Over the LAN.") : { at, text, is: "left" };
  });
  return { stops, verdict: "left", summary };
}

/** Tells which way a picture should show first: the worst, and else what is cut. */
export function tellingWay(ways: readonly Way[]): Way | undefined {
  const rank = ({ verdict, id }: Way) => {
    const order: readonly Verdict[] = ["loops", "may-loop", "stuck", "unknown", "cut", "left", "answered"];
    // A request from the host passes more of the picture.
    return order.indexOf(verdict) * 2 + (id.startsWith("host") ? 0 : 1);
  };
  return ways.toSorted((a, b) => rank(a) - rank(b))[0];
}
