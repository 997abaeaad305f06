import { runStage } from "@k3s-lab/steps";
import { fetchCluster } from "./fetch-cluster.js";

await runStage("cluster", async ({ lab, report, signal }) => {
  await fetchCluster(lab, report, { signal });
  return 0;
});
