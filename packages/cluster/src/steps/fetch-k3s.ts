import type { Lab } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import { type Foreseen, foreseeRelease, isFetched, nameOfRelease, provisoOf } from "@k3s-lab/k3s-source";
import { fetchCluster, queryOf } from "../fetch-cluster.js";

/** K3s in the cache of the host. */
export function fetchK3sStep(lab: Lab): Step {
  return step<Foreseen | undefined>({
    id: "fetch-k3s",
    title: "Fetch K3s",
    observe: async () => {
      const query = queryOf(lab);
      return (await isFetched(query)) ? undefined : foreseeRelease(query);
    },
    plan: (release) =>
      release === undefined
        ? []
        : [
            {
              on: "host",
              kind: "make",
              // Which K3s it will be is still to be found out where the release is only the first choice.
              sentence: `host: fetch ${provisoOf(release) === undefined ? nameOfRelease(release) : "K3s"}`,
              // Only the builder can tell whether a build is one of the present sources.
              unobservable: true,
              run: async ({ signal, note, progress }) => {
                await fetchCluster(lab, { note, progress }, signal);
              },
            },
          ],
  });
}
