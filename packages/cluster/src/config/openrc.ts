import { nodeFiles } from "../files.js";
import type { Service, ServiceManager } from "./service.js";

const unitFile = ({ name }: Service): string => `/etc/init.d/${name}`;
const environmentFile = ({ name }: Service): string => `/etc/rancher/k3s/${name}.env`;
const logFile = ({ name }: Service): string => `/var/log/${name}.log`;
const pidFile = ({ name }: Service): string => `/var/run/${name}.pid`;

/** As K3s' own installer has it on Alpine, so that K3s' documentation stays true on a node. */
export const openrc: ServiceManager = {
  name: "openrc",
  unitFile,
  environmentFile,
  unit: (service) => ({ content: initScript(service), mode: 0o755 }),
  // A shell reads it, which exports all that it sets.
  environment: (variables) =>
    Object.entries(variables)
      .map(([name, value]) => `${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`)
      .join(""),
  startScript: (service, how) => {
    const ended = endedScript(service);
    return `set -e
rc-update -q add ${service.name} default
rc-service -q ${service.name} ${how}
${service.command === "server" ? untilReady(ended) : ""}`;
  },
  // The supervisor has the environment that it hands on.
  seeScript: (service) => `! rc-service -q ${service.name} status >/dev/null 2>&1 || echo service ActiveState=active
[ ! -e /etc/runlevels/default/${service.name} ] || echo service UnitFileState=enabled
pid=$(cat ${pidFile(service)} 2>/dev/null)`,
  endedScript,
  logScript: (service) => `tail -n 12 ${logFile(service)} 2>/dev/null`,
  logCommand: (service) => `tail -n 100 ${logFile(service)}`,
  restartCommand: ({ name }) => `rc-service ${name} restart`,
};

/** The supervisor counts how often it has started the service again; rc-status shows it in brackets. */
function endedScript({ name }: Service): string {
  return `restarts=$(cat /run/openrc/options/${name}/start_count 2>/dev/null)
[ "\${restarts:-0}" = 0 ] && rc-service -q ${name} status >/dev/null 2>&1 || echo ended`;
}

/** OpenRC does not hear what K3s tells systemd: that it is ready. */
function untilReady(ended: string): string {
  return `until ${nodeFiles.links[0]} --kubeconfig ${nodeFiles.kubeconfig} get --raw /readyz >/dev/null 2>&1; do
  [ -z "$(
    ${ended}
  )" ] || { echo 'k3s has ended' >&2; exit 1; }
  sleep 1
done
`;
}

/** supervise-daemon ends K3s alone: containers outlive a restart. */
function initScript(service: Service): string {
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
command=${nodeFiles.binary}
command_args=${command}

output_log=${logFile(service)}
error_log=${logFile(service)}

pidfile=${pidFile(service)}
respawn_delay=5
respawn_max=0

set -o allexport
if [ -f /etc/environment ]; then . /etc/environment; fi
if [ -f ${environmentFile(service)} ]; then . ${environmentFile(service)}; fi
set +o allexport
`;
}
