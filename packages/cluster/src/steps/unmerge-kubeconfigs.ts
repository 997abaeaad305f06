import { messageOf } from "@k3s-lab/problem";
import type { Lab } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import { type Place, placesOf, unmergeFrom, usersKubeconfigs } from "../users-kubeconfig/users-kubeconfig.js";

/** The step of lab:down that takes the lab out of every kubeconfig that the user has merged it into. */
export function unmergeKubeconfigsStep(lab: Pick<Lab, "id" | "state">, chain = usersKubeconfigs(process.cwd())): Step {
  return step<readonly Place[]>({
    id: "unmerge-kubeconfigs",
    title: "Unmerge kubeconfigs",
    observe: async () => placesOf(lab, chain),
    plan: (places) =>
      places.map(({ file, contexts }) => ({
        on: "host",
        kind: "change",
        sentence: `${file}: remove context ${contexts.join(", ") || "of the lab"}`,
        keepsFacts: true,
        // A lab goes whether or not its user lets this file be changed.
        unobservable: true,
        run: async ({ note }) => {
          try {
            await unmergeFrom(lab, file, chain);
          } catch (error) {
            note(messageOf(error));
          }
        },
      })),
  });
}
