import type { Daemon, ServiceFile, ServiceManager } from "./service-manager.js";

/** The runlevel that services start at boot in. */
const runlevel = "default";

/** Where a supervised service logs to. OpenRC has no place of its own: the service's file names this one. */
const logFile = (service: string): string => `/var/log/${service}.log`;

/** A value that OpenRC and a service's supervisor keep of the service while it runs. */
const kept = (service: string, key: string): string => `/run/openrc/options/${service}/${key}`;

export const openrc: ServiceManager = {
  name: "openrc",
  programs: ["/sbin/openrc-run", "/usr/sbin/openrc-run"],
  runtimeDir: "/run/openrc",
  serviceFile: (service) => `/etc/init.d/${service}`,
  serviceFileMode: 0o755,
  enabledFile: (service) => `/etc/runlevels/${runlevel}/${service}`,
  daemon,
  logRotation: (service) => [logRotation(service)],
  // A shell reads it, and exports all that it sets.
  environment: (variables) =>
    Object.entries(variables)
      .map(([name, value]) => `${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`)
      .join(""),
  // While a machine boots or shuts down, the service may be starting (8) or stopping (4): OpenRC refuses a second start
  // then. A service whose supervisor was killed counts as started, and only a restart gives it another one.
  startScript: (service, how) => `rc-update -q add ${service} ${runlevel}
while rc-service -q ${service} status >/dev/null 2>&1; code=$?; [ $code = 8 ] || [ $code = 4 ]; do sleep 0.2; done
${how === "start" ? `[ $code = 0 ] || ` : ""}rc-service -q ${service} restart`,
  // While a machine boots, the service may be starting (8): OpenRC refuses to stop it then.
  stopScript: (service) => `while rc-service -q ${service} status >/dev/null 2>&1; [ $? = 8 ]; do sleep 0.2; done
rc-service -q ${service} stop`,
  // The program has the environment of its supervisor. Between its end and its next start, the supervisor alone runs.
  seeScript: (service) => `pid=$(cat ${kept(service, "child_pid")} 2>/dev/null)
[ ! -d "/proc/\${pid:-none}" ] || ! rc-service -q ${service} status >/dev/null 2>&1 || echo service ActiveState=active
[ ! -e ${openrc.enabledFile(service)} ] || echo service UnitFileState=enabled`,
  // The supervisor counts how often it has started the service again; rc-status shows that in brackets.
  endedScript: (service) => `restarts=$(cat ${kept(service, "start_count")} 2>/dev/null)
[ "\${restarts:-0}" = 0 ] && rc-service -q ${service} status >/dev/null 2>&1 || echo ended`,
  logScript: (service) => `tail -n 12 ${logFile(service)} 2>/dev/null`,
  keepsTimes: false,
  // The file is emptied when it has grown large: it is followed by its name.
  readLog: (service, { lines, follow }) => [
    "tail",
    "-n",
    lines === undefined ? "+1" : String(lines),
    ...(follow ? ["-F"] : []),
    logFile(service),
  ],
  logCommand: (service) => `tail -n 100 ${logFile(service)}`,
  restartCommand: (service) => `rc-service ${service} restart`,
};

export interface Supervised {
  readonly service: string;
  /** An absolute path. */
  readonly program: string;
  readonly argument: string;
  /** Seconds after which the program is started again when it has ended. */
  readonly delay: number;
}

/** Returns the part of a service's file that keeps a program running, whatever ends the program or its supervisor. */
export function openrcSupervised({ service, program, argument, delay }: Supervised): string {
  return `name=${service}
supervisor=supervise-daemon
command=${program}
command_args=${argument}
pidfile=/var/run/${service}.pid
output_log=${logFile(service)}
error_log=${logFile(service)}
respawn_delay=${delay}
respawn_max=0

# A supervisor that was killed leaves its program behind, which would block the next one.
stop_pre() {
  grep -qsa supervise-daemon "/proc/$(cat "$(service_get_value pidfile)" 2>/dev/null)/cmdline" && return
  local left tries=50
  left=$(service_get_value child_pid)
  remains() { grep -qsaF "\${command##*/}" "/proc/\${left:-none}/cmdline"; }
  ! remains || kill "$left"
  while remains && [ $tries -gt 0 ]; do
    sleep 0.2
    tries=$((tries - 1))
  done
  ! remains || kill -9 "$left"
  return 0
}
`;
}

// A program whose preparation fails is started anyway: it tries again for as long as it runs.
function daemon({ name, description, program, prepare, stay, order: { openrc: order } }: Daemon): string {
  return `#!/sbin/openrc-run
description="${description}"
${openrcSupervised({ service: name, program, argument: stay, delay: 1 })}
depend() {
  after ${order.after.join(" ")}
  before ${order.before.join(" ")}
}

start_pre() {
  ${program} ${prepare} || ewarn "$name: not ready at the first try"
  return 0
}
`;
}

/** The supervisor keeps the file open: it is emptied, not moved. */
function logRotation(service: string): ServiceFile {
  return {
    path: `/etc/logrotate.d/${service}`,
    content: `# Written by k3s-lab.
${logFile(service)} {
	missingok
	notifempty
	copytruncate
	compress
	rotate 4
	maxsize 50M
}
`,
    mode: 0o644,
  };
}
