import { nodeFiles } from "../files.js";
import type { Service, ServiceManager } from "./service.js";

const unitFile = ({ name }: Service): string => `/etc/systemd/system/${name}.service`;
const environmentFile = (service: Service): string => `${unitFile(service)}.env`;

/** As K3s' own installer has it, so that K3s' documentation stays true on a node. */
export const systemd: ServiceManager = {
  name: "systemd",
  unitFile,
  environmentFile,
  unit: (service) => ({ content: unit(service), mode: 0o644 }),
  environment: (variables) =>
    Object.entries(variables)
      .map(([name, value]) => `${name}=${quoted(value)}\n`)
      .join(""),
  // A start that is under way is waited for, not begun again. A reload, with which enable would end too, costs a tenth
  // of a second; a unit that systemd has yet to load needs none. Of one that it knows it remembers whether it is enabled.
  startScript: ({ name }, how) => `set -e
systemctl -q --no-reload enable ${name}
state=$(systemctl show ${name} -p NeedDaemonReload -p UnitFileState)
case $state in *=enabled*=no | *=no*=enabled) ;; *) systemctl daemon-reload ;; esac
systemctl ${how} ${name}`,
  seeScript: ({ name }) => `state=$(systemctl show ${name} -p ActiveState -p UnitFileState -p MainPID 2>/dev/null)
echo "$state" | sed 's/^/service /'
pid=$(echo "$state" | sed -n 's/^MainPID=//p')`,
  endedScript: ({ name }) =>
    `systemctl show ${name} -p ActiveState -p NRestarts | grep -qx -e NRestarts=0 && systemctl -q is-active ${name} || echo ended`,
  // What is said at every start tells nothing: modules that are built in, and containers that outlive a restart.
  logScript: ({ name }) => `journalctl -q -u ${name} -n 40 -o cat --no-pager |
grep -v -e '^modprobe: ' -e 'left-over process' -e '^This usually indicates' -e 'remains running after' | tail -n 12`,
  logCommand: ({ name }) => `journalctl -u ${name}`,
  restartCommand: ({ name }) => `systemctl restart ${name}`,
};

/**
 * A server says when it is ready; an agent is up once it runs. KillMode: containers outlive a restart of K3s. Limits:
 * what is not set here costs the kernel accounting; containers have limits of their own.
 */
function unit(service: Service): string {
  return `[Unit]
Description=Lightweight Kubernetes
Documentation=https://k3s.io
Wants=network-online.target
After=network-online.target

[Install]
WantedBy=multi-user.target

[Service]
Type=${service.command === "server" ? "notify" : "exec"}
EnvironmentFile=-/etc/default/%N
EnvironmentFile=-/etc/sysconfig/%N
EnvironmentFile=-${environmentFile(service)}
KillMode=process
Delegate=yes
User=root
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s
ExecStartPre=-/sbin/modprobe br_netfilter
ExecStartPre=-/sbin/modprobe overlay
ExecStart=${nodeFiles.binary} ${service.command}
`;
}

/** In single quotes nothing means anything to systemd but the quote itself, which double quotes can hold. */
function quoted(value: string): string {
  if (!value.includes("'")) return `'${value}'`;
  return `"${value.replaceAll(/["\\$\x60]/g, "\\$&")}"`;
}
