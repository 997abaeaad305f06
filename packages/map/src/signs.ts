import type { ElementKind } from "./topology.js";

/** The sign of each kind of box: strokes in a square of 16. */
export const signs: Readonly<Record<ElementKind, string>> = {
  router: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M4 8h8M9.5 5.5L12 8L9.5 10.5M6.5 5.5L4 8L6.5 10.5",
  lan: "M1 8h14M4 8V3.5M12 8V3.5M8 8v4.5M2.5 1.5h3v2h-3zM10.5 1.5h3v2h-3zM6.5 12.5h3v2h-3z",
  host: "M2 2.5h12v8H2zM8 10.5v3M5 13.5h6",
  link: "M2.5 4h11v8.5h-11zM5.5 12.5V9.5h5v3M5 4V2M8 4V2M11 4V2",
  vif: "M1.5 13V9a6.5 6.5 0 0 1 13 0v4M5 13V9.5a3 3 0 0 1 6 0V13",
  routes: "M2 8h4M6 8c3 0 3-4.5 6-4.5h2M6 8c3 0 3 4.5 6 4.5h2M12.5 1.5L14.5 3.5L12.5 5.5M12.5 10.5L14.5 12.5L12.5 14.5",
  table: "M2 2.5h12v11H2zM2 6h12M2 9.8h12M6.5 6v7.5",
  guard: "M8 1.5L13.5 3.5V8c0 3.5-2.4 5.6-5.5 6.5C4.9 13.6 2.5 11.5 2.5 8V3.5zM5.5 8L7.3 9.8L10.6 6",
  programs: "M1.5 2.5h13v11h-13zM4 6l2.5 2L4 10M8 10.5h4",
  ports: "M8 1.5v13M1.5 8h5M9.5 8h5M4.5 6L6.5 8L4.5 10M12.5 6L14.5 8L12.5 10",
  others: "M3 8h.01M8 8h.01M13 8h.01",
  cluster: "M8 1.2L13.9 4.6V11.4L8 14.8L2.1 11.4V4.6zM8 5.2v5.6M5.5 6.6l5 2.8M10.5 6.6l-5 2.8",
  node: "M2 2h12v5H2zM2 9h12v5H2zM4.5 4.5h.01M4.5 11.5h.01",
  pods: "M5 2L8.5 4V8L5 10L1.5 8V4zM11 6L14.5 8V12L11 14L7.5 12V8z",
};
