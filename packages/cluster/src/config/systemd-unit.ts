import { serviceManagers } from "@k3s-lab/service-manager";
import { k3sPaths } from "../paths.js";
import type { Service, Unit } from "./unit.js";

export const systemdUnit: Unit = {
  content,
  environmentFile: ({ name }) => `${serviceManagers.systemd.serviceFile(name)}.env`,
  // systemd hears from K3s that it is ready.
  waitScript: () => "",
};

/**
 * A server notifies systemd when it is ready; an agent is up once it runs. KillMode: containers outlive a restart of K3s. Limits:
 * what is not set here costs the kernel accounting; containers have limits of their own.
 */
function content({ name, command }: Service): string {
  return `[Unit]
Description=Lightweight Kubernetes
Documentation=https://k3s.io
Wants=network-online.target
After=network-online.target

[Install]
WantedBy=multi-user.target

[Service]
Type=${command === "server" ? "notify" : "exec"}
EnvironmentFile=-/etc/default/%N
EnvironmentFile=-/etc/sysconfig/%N
EnvironmentFile=-${systemdUnit.environmentFile({ name, command })}
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
ExecStart=${k3sPaths.binary} ${command}
`;
}
