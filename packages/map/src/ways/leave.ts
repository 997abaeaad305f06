import { lanSubnet, routerOf } from "../outside.js";
import { ids, type Scene } from "../scene.js";
import type { Stop } from "../topology.js";
import { after, type Course, end, passed } from "./course.js";

interface Leaving {
  /** What happens where it leaves. */
  readonly text: string;
  readonly summary: string;
}

export const leavesOnce: Leaving = {
  text: "It leaves the lab.",
  summary: "It leaves once, and does not come back.",
};

/** Follows what leaves the host by a link that leads into no cluster. */
export function leave(scene: Scene, dev: string, { text, summary }: Leaving): Course {
  const out = ids.link(dev);
  const isToRouter = dev === scene.uplink?.name && (scene.isPrivate || dev === scene.lanLink);
  const beyond = leaveByRouter(scene, { text: "It is out of the host.", summary });
  if (isToRouter && beyond.stops.length > 0) return after([passed(out, text)], beyond);
  return end({ at: out, text: `${text} It leaves by ${dev}.`, is: "left" }, "left", summary);
}

/** Follows it by the LAN to the router, as far as there is one to be seen. */
export function leaveByRouter({ uplink, network }: Scene, { text, summary }: Leaving): Course {
  const places = [
    ...(lanSubnet(uplink, network) === undefined ? [] : [ids.lan]),
    ...(routerOf(uplink, network) === undefined ? [] : [ids.router]),
  ];
  const stops = places.map((at, index): Stop => {
    return index < places.length - 1 ? passed(at, "Over the LAN.") : { at, text, is: "left" };
  });
  return { stops, verdict: "left", summary };
}
