import { nodeGuardPaths, type ServiceManagerName, serviceName } from "./names.js";

interface GuardService {
  readonly path: string;
  readonly mode: number;
  readonly content: string;
  /** A file that is there when the service starts at boot. */
  readonly enabled: string;
  /** Shell: takes in a service that was written anew, now and at every boot; rules that stand go on standing. */
  readonly start: string;
  readonly stop: string;
  readonly forget: string;
}

/** Whatever flushes rules when it starts; those that are not installed do no harm. */
const firewalls = ["nftables", "iptables", "netfilter-persistent", "firewalld", "ufw"] as const;
const k3s = ["k3s", "k3s-agent"] as const;
const description = "Keeps what no pod serves from looping between this cluster and its host";

// Nothing happens when it stops: a guard is taken away on purpose only. For the same reason it is no part of
// nftables.service, which would stop it, too; it watches instead, and puts itself back whoever flushed the rules.
const systemdUnit = `[Unit]
Description=${description}
After=${firewalls.map((name) => `${name}.service`).join(" ")}
Before=${k3s.map((name) => `${name}.service`).join(" ")}
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStartPre=${nodeGuardPaths.script} load
ExecStart=${nodeGuardPaths.script} watch
Restart=always
RestartSec=1s

[Install]
WantedBy=multi-user.target
`;

const openrcScript = `#!/sbin/openrc-run
description="${description}"
supervisor=supervise-daemon
command=${nodeGuardPaths.script}
command_args=watch
respawn_delay=1
respawn_max=0

depend() {
  after firewall ${firewalls.join(" ")}
  before ${k3s.join(" ")}
}

start_pre() {
  ${nodeGuardPaths.script} load
}
`;

export const guardServices: Readonly<Record<ServiceManagerName, GuardService>> = {
  systemd: {
    path: `/etc/systemd/system/${serviceName}.service`,
    mode: 0o644,
    content: systemdUnit,
    enabled: `/etc/systemd/system/multi-user.target.wants/${serviceName}.service`,
    // A reload, with which enable would end too, costs a tenth of a second; a unit that was never loaded needs none.
    start: `systemctl -q --no-reload enable ${serviceName}
[ "$(systemctl show ${serviceName} -p NeedDaemonReload --value)" = no ] || systemctl daemon-reload
systemctl restart ${serviceName}`,
    stop: `systemctl -q disable --now ${serviceName}`,
    forget: "systemctl daemon-reload",
  },
  openrc: {
    path: `/etc/init.d/${serviceName}`,
    mode: 0o755,
    content: openrcScript,
    enabled: `/etc/runlevels/default/${serviceName}`,
    start: `rc-update -q add ${serviceName} default
rc-service -q ${serviceName} restart`,
    stop: `rc-service -q ${serviceName} stop; rc-update -q delete ${serviceName} default`,
    forget: "true",
  },
};
