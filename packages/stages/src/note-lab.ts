import { forgetPlace, isPlaceNoted, type Lab, notePlace, placeDirs, type PlaceDirs, placeFiles } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";

/** The step of lab:up that notes where the lab is at home, before anything else of it is on the host: `labs` finds it by that. */
export function noteLabStep(lab: Lab, dirs: PlaceDirs = placeDirs()): Step {
  return step<boolean>({
    id: "note-lab",
    title: "Note the lab",
    observe: async () => isPlaceNoted(lab, dirs),
    plan: (isNoted) =>
      isNoted
        ? []
        : [
            {
              on: "host",
              kind: "change",
              sentence: `host: note that lab ${lab.id} is at home in ${lab.file.replace(/\/[^/]*$/, "")}`,
              keepsFacts: true,
              run: async () => notePlace(lab, dirs),
            },
          ],
  });
}

/** The last step of lab:down: until then, a removal that was cut short is found by what was noted. */
export function forgetLabStep({ id }: Pick<Lab, "id">, dirs: PlaceDirs = placeDirs()): Step {
  return step<readonly string[]>({
    id: "forget-lab",
    title: "Forget the lab",
    observe: async () => placeFiles(id, dirs),
    plan: (files) =>
      files.map((file) => ({
        on: "host",
        kind: "remove",
        sentence: `host: remove ${file}`,
        run: async () => forgetPlace(id, dirs),
      })),
  });
}
