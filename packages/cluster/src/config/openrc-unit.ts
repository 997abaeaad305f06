import { openrcLogFile, openrcPidFile, serviceManagers } from "@k3s-lab/service-manager";
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

/** supervise-daemon ends K3s alone: containers outlive a restart. */
function content(service: Service): string {
  const { name, command } = service;
  return `#!/sbin/openrc-run

depend() {
	after network-online
	want cgroups
}

start_pre() {
	modprobe -q br_netfilter
	modprobe -q overlay
	rm -f /tmp/k3s.*
}

supervisor=supervise-daemon
name=${name}
command=${k3sPaths.binary}
command_args=${command}

output_log=${openrcLogFile(name)}
error_log=${openrcLogFile(name)}

pidfile=${openrcPidFile(name)}
respawn_delay=5
respawn_max=0

set -o allexport
if [ -f /etc/environment ]; then . /etc/environment; fi
if [ -f ${openrcUnit.environmentFile(service)} ]; then . ${openrcUnit.environmentFile(service)}; fi
set +o allexport
`;
}
