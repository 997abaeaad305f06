import { messageOf } from "@k3s-lab/problem";
import { until, type UntilOptions } from "@k3s-lab/steps";

export interface Retrying extends Pick<UntilOptions<unknown>, "every" | "within" | "signal"> {
  /** Whether a failure may pass by itself. */
  readonly mayPass: (error: unknown) => boolean | Promise<boolean>;
}

/** Tries until it succeeds. Throws a failure that does not pass, and the last one once the time is up. */
export async function retry<Value>(attempt: () => Promise<Value>, { mayPass, ...waiting }: Retrying): Promise<Value> {
  let failure: unknown;
  const look = async () => {
    try {
      return { value: await attempt() };
    } catch (error) {
      if (!(await mayPass(error))) throw error;
      failure = error;
      return { reason: messageOf(error) };
    }
  };
  return until({ ...waiting, look, late: () => failure });
}
