import { Problem } from "@k3s-lab/problem";

/** Says why the daemon does not answer, by the error of a request. */
export function silent(endpoint: string, cause: unknown): Problem {
  const { code } = cause as { readonly code?: unknown };
  if (code === "EACCES" || code === "EPERM") {
    return new Problem("LAB-DKR-003", "host", `this user may not use Docker's socket at ${endpoint}`, {
      remedy: 'Run: sudo usermod -aG docker "$USER", then log in again.',
    });
  }
  return new Problem("LAB-DKR-004", "host", `no Docker daemon answers at ${endpoint}`, {
    remedy: "Start it: sudo systemctl start docker; or start Docker Desktop, Colima or whatever provides it here.",
  });
}
