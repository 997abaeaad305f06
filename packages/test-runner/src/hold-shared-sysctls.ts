import { type DesiredSysctl, holdSysctls, readSysctl, releaseSysctls } from "@k3s-lab/host";
import { sysctls } from "@k3s-lab/machines";

const holder = "npm-test";
/** Where systemd in a container raises it to. */
const mostFiles = "9223372036854775807";

/**
 * Raises the sysctls that emulated hosts share with each other, the real host's, to what a lab raises them to. A lab then finds
 * them as it needs them, and another that ends meanwhile does not lower them. Resolves with what puts them back; what a
 * killed run leaves behind is put back by the next one.
 */
export async function holdSharedSysctls(): Promise<() => Promise<void>> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return async () => {};
  const desired: Readonly<Record<string, DesiredSysctl>> = { ...sysctls, "fs.file-max": mostFiles };
  const known = Object.entries(desired).filter(([key]) => readSysctl(key) !== undefined);
  await holdSysctls(holder, Object.fromEntries(known));
  return () => releaseSysctls(holder);
}
