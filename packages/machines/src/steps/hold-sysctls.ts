import { heldSysctls, holdSysctls, readSysctl, type DesiredSysctl } from "@k3s-lab/host";
import { type Step, step } from "@k3s-lab/steps";
import { sysctls } from "../host-needs.js";

/** What the sysctls are, and which of them the lab holds. */
export interface SysctlsSeen {
  readonly held: Readonly<Record<string, string | undefined>>;
  readonly values: Readonly<Record<string, string | undefined>>;
}

export function holdSysctlsStep(labId: string): Step {
  return step<SysctlsSeen>({
    id: "hold-sysctls",
    title: "Hold sysctls",
    observe: async () => ({
      held: heldSysctls(labId),
      values: Object.fromEntries(Object.keys(sysctls).map((key) => [key, readSysctl(key)])),
    }),
    plan: (seen) => {
      const desired = sysctlsToHold(sysctls, seen);
      if (Object.keys(desired).length === 0) return [];
      return [
        {
          on: "host",
          kind: "change",
          sentence: `host: ${howHeld(desired, seen)}`,
          run: () => holdSysctls(labId, desired),
        },
      ];
    },
  });
}

/** "raise fs.inotify.max_user_instances, and remember 6 more that machines may change" */
function howHeld(desired: Readonly<Record<string, DesiredSysctl>>, { values }: SysctlsSeen): string {
  const raised = Object.entries(desired).filter(([key, one]) => isTooLow(one, values[key]));
  const others = Object.keys(desired).length - raised.length;
  return [
    ...(raised.length === 0 ? [] : [`raise ${raised.map(([key]) => key).join(", ")}`]),
    ...(others === 0
      ? []
      : [`remember ${others} ${raised.length === 0 ? "sysctls" : "more"} that machines may change`]),
  ].join(", and ");
}

function isTooLow(one: DesiredSysctl, value: string | undefined): boolean {
  return typeof one === "object" && "atLeast" in one && Number(value) < one.atLeast;
}

/** What is not held yet, or has sunk since. A kernel may lack some: nothing can leak into those. */
export function sysctlsToHold(
  desired: Readonly<Record<string, DesiredSysctl>>,
  { held, values }: SysctlsSeen,
): Readonly<Record<string, DesiredSysctl>> {
  return Object.fromEntries(
    Object.entries(desired).filter(
      ([key, one]) => values[key] !== undefined && (!(key in held) || isTooLow(one, values[key])),
    ),
  );
}
