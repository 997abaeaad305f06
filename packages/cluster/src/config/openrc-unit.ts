import { openrcSupervised, serviceManagers } from "@k3s-lab/service-manager";
import { k3sPaths } from "../paths.js";
import type { Service, Unit } from "./unit.js";

export const openrcUnit: Unit = {
  content,
  environmentFile: ({ name }) => `/etc/rancher/k3s/${name}.env`,
  waitScript: ({ name, command }) => (command === "server" ? untilReady(name) : ""),
};

/** OpenRC does not hear what K3s tells systemd: that it is ready. */
function untilReady(name: string): string {
  return `
until ${k3sPaths.links[0]} --kubeconfig ${k3sPaths.kubeconfig} get --raw /readyz >/dev/null 2>&1; do
  [ -z "$(
    ${serviceManagers.openrc.endedScript(name)}
  )" ] || { echo 'k3s has ended' >&2; exit 1; }
  sleep 1
done
`;
}

/**
 * supervise-daemon ends only K3s, so containers outlive a restart. The rest is what systemd provides for K3s and its pods by
 * default: mounts that propagate to pods, and enough open files.
 */
function content(service: Service): string {
  const { name, command } = service;
  return `#!/sbin/openrc-run
description="Lightweight Kubernetes"
${openrcSupervised({ service: name, program: k3sPaths.binary, argument: command, delay: 5 })}
# Where /etc/rc.conf switches it on for all services, it would end the containers with K3s.
rc_cgroup_cleanup=NO

depend() {
  after network-online
  want cgroups
}

start_pre() {
  modprobe -q br_netfilter
  modprobe -q overlay
  mount --make-rshared /
  ulimit -n 1048576 2>/dev/null || ulimit -n "$(ulimit -H -n)"
  rm -f /tmp/k3s.*
}

set -o allexport
if [ -f /etc/environment ]; then . /etc/environment; fi
if [ -f ${openrcUnit.environmentFile(service)} ]; then . ${openrcUnit.environmentFile(service)}; fi
set +o allexport
`;
}
