import type { Daemon, ServiceManager } from "./service-manager.js";

const dir = "/etc/systemd/system";
/** The target that services start at boot for. */
const bootTarget = "multi-user.target";

export const systemd: ServiceManager = {
  name: "systemd",
  programs: ["/lib/systemd/systemd", "/usr/lib/systemd/systemd"],
  runtimeDir: "/run/systemd/system",
  serviceFile: (service) => `${dir}/${service}.service`,
  serviceFileMode: 0o644,
  enabledFile: (service) => `${dir}/${bootTarget}.wants/${service}.service`,
  daemon,
  logRotation: () => [],
  environment: (variables) =>
    Object.entries(variables)
      .map(([name, value]) => `${name}=${quoted(value)}\n`)
      .join(""),
  // `start` waits for a start that is under way. A reload, with which `enable` would end too, costs a tenth of a second;
  // a unit that systemd has yet to load needs none (NeedDaemonReload). Of a unit that it has loaded, systemd remembers
  // whether it is enabled, and a reload corrects that.
  startScript: (service, how) => `systemctl -q --no-reload enable ${service}
state=$(systemctl show ${service} -p NeedDaemonReload -p UnitFileState)
case $state in *=enabled*=no | *=no*=enabled) ;; *) systemctl daemon-reload ;; esac
systemctl ${how} ${service}`,
  stopScript: (service) => `systemctl stop ${service}`,
  // By the shell alone: on each node, programs that it starts are most of what looking costs.
  seeScript: (service) => `pid=
for property in $(systemctl show ${service} -p ActiveState -p UnitFileState -p MainPID 2>/dev/null); do
	echo "service $property"
	case $property in MainPID=*) pid=\${property#*=} ;; esac
done`,
  endedScript: (service) =>
    `systemctl show ${service} -p ActiveState -p NRestarts | grep -qx -e NRestarts=0 && systemctl -q is-active ${service} || echo ended`,
  // What every start logs tells nothing: modules that are built in, and containers that outlive a restart.
  logScript: (service) => `journalctl -q -u ${service} -n 40 -o cat --no-pager |
grep -v -e '^modprobe: ' -e 'left-over process' -e '^This usually indicates' -e 'remains running after' | tail -n 12`,
  keepsTimes: true,
  readLog: (service, { lines, since, follow }) => [
    "journalctl",
    "--quiet",
    "--no-pager",
    `--unit=${service}`,
    "--output=cat",
    `--lines=${lines ?? "all"}`,
    ...(since === undefined ? [] : [`--since=-${since}s`]),
    ...(follow ? ["--follow"] : []),
  ],
  logCommand: (service) => `journalctl -u ${service}`,
  restartCommand: (service) => `systemctl restart ${service}`,
};

function daemon({ description, program, prepare, stay, order: { systemd: order } }: Daemon): string {
  const units = (names: readonly string[]) =>
    names.map((name) => (name.includes(".") ? name : `${name}.service`)).join(" ");
  return `[Unit]
Description=${description}
After=${units(order.after)}
Before=${units(order.before)}
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStartPre=${program} ${prepare}
ExecStart=${program} ${stay}
Restart=always
RestartSec=1s

[Install]
WantedBy=${bootTarget}
`;
}

/** Between single quotes only the quote itself means anything to systemd, and double quotes can hold that. */
function quoted(value: string): string {
  if (!value.includes("'")) return `'${value}'`;
  return `"${value.replaceAll(/["\\$\x60]/g, "\\$&")}"`;
}
