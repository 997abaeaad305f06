// Removes the machines of the lab that K3S_LAB_CONFIG names.
import { openLab } from "@k3s-lab/lab";
import { removeMachines } from "@k3s-lab/machines";
import { carryOut } from "@k3s-lab/steps";

await carryOut(removeMachines(await openLab(process.env.K3S_LAB_CONFIG ?? "")), {
  stage: "machines",
  report: () => {},
});
