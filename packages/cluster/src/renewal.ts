import type { NodeCertificate } from "./certificates.js";

/** Milliseconds before its end at which `lab:up` has a certificate renewed: K3s renews at its start what ends within 90 days or 120. */
const window = 30 * 24 * 3_600_000;

/** Of certificates that were made for a shorter time: the share of it. */
const lastShare = 1 / 4;

/** The certificate of K3s' own kubeconfig. */
const adminCertificate = "server/tls/client-admin.crt";

/**
 * What K3s makes anew at its start: what `k3s certificate rotate` does, by the files that K3s' documentation names. Its authorities last
 * for ten years, and stay; other files may be left over from an older K3s.
 */
const renewedAtStart: ReadonlySet<string> = new Set([
  adminCertificate,
  ...[
    "client-auth-proxy",
    "client-controller",
    "client-k3s-cloud-controller",
    "client-k3s-controller",
    "client-kube-apiserver",
    "client-kube-proxy",
    "client-scheduler",
    "client-supervisor",
    "serving-kube-apiserver",
    "etcd/client",
    "etcd/peer-server-client",
    "etcd/server-client",
  ].map((name) => `server/tls/${name}.crt`),
  ...["client-k3s-controller", "client-kube-proxy", "client-kubelet", "serving-kubelet"].map(
    (name) => `agent/${name}.crt`,
  ),
]);

/** Returns the certificate that K3s has to be restarted for, the first to end; undefined where all hold. `now`: milliseconds since 1970. */
export function dueOf(certificates: readonly NodeCertificate[], now = Date.now()): NodeCertificate | undefined {
  return certificates.find((certificate) => renewedAtStart.has(certificate.name) && isDue(certificate, now));
}

/** Tells whether the certificate of K3s' kubeconfig is one that is to be renewed. */
export function isAdminDue(certificates: readonly NodeCertificate[], now = Date.now()): boolean {
  return certificates.some((certificate) => certificate.name === adminCertificate && isDue(certificate, now));
}

/**
 * A certificate tells when it ends; for how long it was made, only the time of its file does: K3s dates all of them back to the
 * start of its authority.
 */
function isDue({ ends, written }: NodeCertificate, now: number): boolean {
  const end = Date.parse(ends);
  const life = written === undefined ? Infinity : end - written * 1000;
  return end - now < Math.max(0, Math.min(window, life * lastShare));
}

/** "its certificate client-admin.crt ends on 2026-12-24" */
export function wordDue({ name, ends }: NodeCertificate, now = Date.now()): string {
  const verb = Date.parse(ends) <= now ? "ended" : "ends";
  return `its certificate ${name.replace(/.*\//, "")} ${verb} on ${ends.slice(0, 10)}`;
}
