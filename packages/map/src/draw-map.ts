import { buildTopology } from "./build-topology.js";
import { drawSvg } from "./draw-svg.js";
import { layOut } from "./layout.js";
import type { Observed } from "./observed.js";
import { renderPage } from "./render-page.js";
import { tellingWay } from "./ways.js";

/** What was observed, as a page and as a picture alone. */
export interface LabMap {
  /** HTML. */
  readonly page: string;
  readonly svg: string;
  /** What is wrong, as sentences. */
  readonly faults: readonly string[];
}

/** Draws what was observed of a lab and its host. */
export async function drawMap(seen: Observed): Promise<LabMap> {
  const topology = buildTopology(seen);
  const wide = await layOut(topology, "wide");
  const tall = await layOut(topology, "tall");
  return {
    page: renderPage(topology, { wide, tall }),
    svg: drawSvg(topology, wide, tellingWay(topology.ways)),
    faults: topology.faults,
  };
}
