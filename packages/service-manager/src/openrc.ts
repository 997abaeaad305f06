import type { Daemon, ServiceManager } from "./service-manager.js";

/** The runlevel that services start at boot in. */
const runlevel = "default";

/** Where a supervised service logs to. OpenRC has no place of its own: the service's file names this one. */
export const openrcLogFile = (service: string): string => `/var/log/${service}.log`;

/** Where the supervisor of a service writes its own process. */
export const openrcPidFile = (service: string): string => `/var/run/${service}.pid`;

export const openrc: ServiceManager = {
  name: "openrc",
  programs: ["/sbin/openrc-run", "/usr/sbin/openrc-run"],
  runtimeDir: "/run/openrc",
  serviceFile: (service) => `/etc/init.d/${service}`,
  serviceFileMode: 0o755,
  enabledFile: (service) => `/etc/runlevels/${runlevel}/${service}`,
  daemon,
  // A shell reads it, and exports all that it sets.
  environment: (variables) =>
    Object.entries(variables)
      .map(([name, value]) => `${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`)
      .join(""),
  startScript: (service, how) => `rc-update -q add ${service} ${runlevel}
rc-service -q ${service} ${how}`,
  // The supervisor has the environment that it hands on.
  seeScript: (service) => `! rc-service -q ${service} status >/dev/null 2>&1 || echo service ActiveState=active
[ ! -e ${openrc.enabledFile(service)} ] || echo service UnitFileState=enabled
pid=$(cat ${openrcPidFile(service)} 2>/dev/null)`,
  // The supervisor counts how often it has started the service again; rc-status shows that in brackets.
  endedScript: (service) => `restarts=$(cat /run/openrc/options/${service}/start_count 2>/dev/null)
[ "\${restarts:-0}" = 0 ] && rc-service -q ${service} status >/dev/null 2>&1 || echo ended`,
  logScript: (service) => `tail -n 12 ${openrcLogFile(service)} 2>/dev/null`,
  logCommand: (service) => `tail -n 100 ${openrcLogFile(service)}`,
  restartCommand: (service) => `rc-service ${service} restart`,
};

function daemon({ description, program, prepare, stay, order: { openrc: order } }: Daemon): string {
  return `#!/sbin/openrc-run
description="${description}"
supervisor=supervise-daemon
command=${program}
command_args=${stay}
respawn_delay=1
respawn_max=0

depend() {
  after ${order.after.join(" ")}
  before ${order.before.join(" ")}
}

start_pre() {
  ${program} ${prepare}
}
`;
}
