import type { LabState } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import type { Machine } from "../machine.js";
import { machinesRecord } from "../record.js";
import type { Fleet } from "./fleet.js";

/** What only a machine itself can tell, for the stages that follow: what a box calls its links, what starts its services. */
export function noteMachinesStep(state: LabState, fleet: Pick<Fleet, "seeAll" | "wanted">): Step {
  return step<readonly Machine[]>({
    id: "note-machines",
    title: "Note machines",
    observe: async (facts) => {
      const seen = await fleet.seeAll(facts);
      const noted = state.read(machinesRecord)?.machines ?? [];
      return seen
        .filter((one) => one.facts?.link !== undefined)
        .map(({ machine }) => machine)
        .filter((machine) => !noted.some((each) => isSame(each, machine)));
    },
    plan: (news) =>
      news.length === 0
        ? []
        : [
            {
              sentence: `host: note ${news.map(wordsOf).join("; ")}`,
              run: async () => {
                const { machines, ...rest } = state.expect(machinesRecord);
                const noted = machines.map((each) => news.find(({ name }) => name === each.name) ?? each);
                state.write(machinesRecord, { ...rest, machines: noted });
              },
            },
          ],
  });
}

function isSame(a: Machine, b: Machine): boolean {
  return a.name === b.name && a.interface === b.interface && a.serviceManager === b.serviceManager;
}

function wordsOf({ name, interface: link, serviceManager }: Machine): string {
  return `${name}'s link ${link} and ${serviceManager}`;
}
