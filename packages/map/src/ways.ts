import { outsideAddress, unservedAddress } from "./ask-kernel.js";
import type { ToPlaces } from "./observed.js";
import type { Scene } from "./scene.js";
import type { Verdict, Way } from "./topology.js";
import type { Course } from "./ways/course.js";
import { fromHost } from "./ways/from-host.js";
import { fromPod } from "./ways/from-pod.js";

/** Where a request goes: an address that a service has, one that none has, or the internet. */
type Goal = keyof ToPlaces;

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

/** Tells which way a picture should show first: the worst, and else what is cut. */
export function tellingWay(ways: readonly Way[]): Way | undefined {
  const rank = ({ verdict, id }: Way) => {
    const order: readonly Verdict[] = ["loops", "may-loop", "stuck", "unknown", "cut", "left", "answered"];
    // A request from the host passes more of the picture.
    return order.indexOf(verdict) * 2 + (id.startsWith("host") ? 0 : 1);
  };
  return ways.toSorted((a, b) => rank(a) - rank(b))[0];
}
