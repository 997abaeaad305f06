import type { LabState } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import type { Machine } from "../machine.js";
import { machinesRecord } from "../record.js";
import type { Fleet, MachineSeen } from "./fleet.js";

/** What only a machine itself can tell, for the stages that follow: what a box calls its links, what starts its services. */
export function noteMachinesStep(state: LabState, fleet: Pick<Fleet, "seeAll" | "wanted">): Step {
  return step<readonly Machine[]>({
    id: "note-machines",
    title: "Note machines",
    observe: async (facts) => {
      const noted = new Map((state.read(machinesRecord)?.machines ?? []).map((each) => [each.name, each]));
      const seen = await fleet.seeAll(facts);
      return seen.filter((one) => differs(one, noted.get(one.machine.name))).map(({ machine }) => machine);
    },
    plan: (news) =>
      news.length === 0
        ? []
        : [
            {
              on: "host",
              kind: "change",
              sentence: `host: note the links and the service managers of ${news.map(({ name }) => name).join(", ")}`,
              run: async () => {
                const { machines, ...rest } = state.expect(machinesRecord);
                const noted = machines.map((each) => news.find(({ name }) => name === each.name) ?? each);
                state.write(machinesRecord, { ...rest, machines: noted });
              },
            },
          ],
  });
}

/** A machine that has never run is told of by nothing but itself, once it runs. */
function differs({ machine, facts }: MachineSeen, noted: Machine | undefined): boolean {
  if (facts === undefined) return noted?.serviceManager === undefined;
  if (facts.link === undefined) return false;
  return noted?.interface !== machine.interface || noted.serviceManager !== machine.serviceManager;
}
