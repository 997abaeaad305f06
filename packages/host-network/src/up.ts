import { missingPrograms, programsStep } from "@k3s-lab/host";
import { carryOut, runStage } from "@k3s-lab/steps";
import { pickFree } from "./arp/pick-free.js";
import { chooseUplink } from "./choose/uplink.js";
import { decideHostNetwork } from "./decide-host-network.js";
import { HostView } from "./host-view.js";
import { changesHost, programsOf } from "./programs.js";
import { readHostNetwork } from "./read-host-network.js";
import { hostNetworkSteps } from "./steps/host-network-steps.js";

const stage = "host-network";

await runStage(stage, async ({ lab, report, signal }) => {
  // Without its programs the host cannot even be read.
  const options = { stage, report, signal };
  const lacks = missingPrograms(programsOf(lab.config)).length > 0;
  const installed = lacks
    ? await carryOut([programsStep(programsOf(lab.config), lab.config.host.install)], options)
    : 0;
  const view = new HostView();
  const mayChange = changesHost(lab.config);
  if (mayChange) view.prefetch();
  const host = await view.host();
  const remembered = readHostNetwork(lab);
  const note = (message: string) => report({ event: "note", stage, message });
  if (mayChange) await view.ruleset();
  const network =
    lab.config.network.mode === "bridged"
      ? await pickFree({ lab, host, remembered, signal, note })
      : decideHostNetwork(lab, host, remembered);
  // Before anything is made: an interrupted run goes on with the same networks.
  lab.state.write("hostNetwork", network);
  if (network.uplink === null) {
    const { reason } = chooseUplink(host, lab.config.network.uplink, lab.file);
    note(`nodes reach nothing beyond the host: ${reason}`);
  }
  return installed + (await carryOut(hostNetworkSteps(lab, network, view), options));
});
