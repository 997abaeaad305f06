import { ensurePrograms, isInstalled } from "@k3s-lab/host";
import { programs } from "@k3s-lab/images/skopeo";
import type { AskedImage } from "./locate-images.js";
import type { Sending } from "./located-image.js";

/**
 * Tells which images go by an OCI layout, because this host lacks skopeo. Installs it first where one of the others needs it; `isSpared`:
 * what is brought without either. skopeo is preferred, since it tells of bytes while it copies.
 */
export async function layoutsInsteadOfSkopeo<Found extends AskedImage>(
  found: readonly Found[],
  isSpared: (one: Found) => boolean,
  { install, progress }: Pick<Sending, "install" | "progress">,
): Promise<(one: Found) => boolean> {
  const hasSkopeo = programs.every(({ name }) => isInstalled(name));
  const byLayout = ({ image }: Found) => !hasSkopeo && image.toLayout !== undefined;
  const needsSkopeo = !found.every((one) => isSpared(one) || byLayout(one));
  if (needsSkopeo) await ensurePrograms(programs, { install, note: progress });
  return byLayout;
}
