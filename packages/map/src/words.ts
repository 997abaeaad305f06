import type { ElementKind, Health, Verdict } from "./topology.js";

/** How the way of a request ends, for a person. */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  answered: "answered",
  cut: "cut",
  left: "leaves",
  loops: "loops",
  "may-loop": "may loop",
  stuck: "comes nowhere",
  unknown: "not known",
};

/** What a box is, for a person. */
export const kindWords: Readonly<Record<ElementKind, string>> = {
  router: "router",
  lan: "network",
  host: "host",
  link: "interface of the host",
  vif: "virtual interface",
  routes: "routing table",
  table: "routing table",
  guard: "guard",
  programs: "programs",
  ports: "published ports",
  others: "interfaces of the host",
  cluster: "cluster",
  node: "node",
  pods: "pods",
};

/** Whether a box is as it should be, where its condition does not tell. */
export const healthWords: Readonly<Record<Health, string>> = {
  ok: "as it should be",
  bad: "not as it should be",
  unknown: "not seen",
  none: "",
};
