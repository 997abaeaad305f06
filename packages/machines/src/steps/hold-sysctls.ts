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
      const wishes = wishesToHold(sysctls, seen);
      const keys = Object.keys(wishes);
      if (keys.length === 0) return [];
      return [
        {
          sentence: `host: ${howHeld(wishes, seen)}`,
          run: () => holdSysctls(labId, wishes),
        },
      ];
    },
  });
}

/** "raise fs.inotify.max_user_instances, and remember 6 more that machines may change" */
function howHeld(wishes: Readonly<Record<string, DesiredSysctl>>, { values }: SysctlsSeen): string {
  const raised = Object.entries(wishes).filter(([key, wish]) => isTooLow(wish, values[key]));
  const others = Object.keys(wishes).length - raised.length;
  return [
    ...(raised.length === 0 ? [] : [`raise ${raised.map(([key]) => key).join(", ")}`]),
    ...(others === 0
      ? []
      : [`remember ${others} ${raised.length === 0 ? "sysctls" : "more"} that machines may change`]),
  ].join(", and ");
}

function isTooLow(wish: DesiredSysctl, value: string | undefined): boolean {
  return typeof wish === "object" && "atLeast" in wish && Number(value) < wish.atLeast;
}

/** What is not held yet, or has sunk since. A kernel may lack some: nothing can leak into those. */
export function wishesToHold(
  wishes: Readonly<Record<string, DesiredSysctl>>,
  { held, values }: SysctlsSeen,
): Readonly<Record<string, DesiredSysctl>> {
  return Object.fromEntries(
    Object.entries(wishes).filter(([key, wish]) => {
      const value = values[key];
      if (value === undefined) return false;
      if (!(key in held)) return true;
      return isTooLow(wish, value);
    }),
  );
}
