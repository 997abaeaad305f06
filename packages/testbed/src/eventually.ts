import { until } from "@k3s-lab/steps";

/** Looks until something holds, and fails with what it waited for when it never does. Times are milliseconds. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  { within = 60_000, every = 50 }: { readonly within?: number; readonly every?: number } = {},
): Promise<void> {
  const look = async () => ((await holds()) ? { value: true } : { reason: `${what}: did not come true` });
  await until({ look, every, within });
}
