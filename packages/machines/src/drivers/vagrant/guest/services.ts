import { guestPlaces } from "../places.js";
import type { GuestFile } from "./guest-network.js";

const description = "Address, default route and resolver of a k3s-lab machine";
const { keeper, service } = guestPlaces;

/** They start the keeper before K3s, and again when it ends. */
export const serviceFiles: readonly GuestFile[] = [
  {
    path: `/etc/systemd/system/${service}.service`,
    content: `[Unit]
Description=${description}
After=network.target
Before=network-online.target k3s.service k3s-agent.service
StartLimitIntervalSec=0

[Service]
# What is ordered after this unit waits for the first round.
ExecStartPre=${keeper} wait
ExecStart=${keeper} watch
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target
`,
    mode: 0o644,
    where: ["/lib/systemd/systemd", "/usr/lib/systemd/systemd"],
  },
  {
    path: `/etc/init.d/${service}`,
    content: `#!/sbin/openrc-run
description="${description}"
supervisor=supervise-daemon
command=${keeper}
command_args=watch
respawn_delay=1
respawn_max=0

depend() {
	after localmount net firewall
	before k3s k3s-agent
}

start_pre() {
	"$command" wait
}
`,
    mode: 0o755,
    where: ["/sbin/openrc-run", "/usr/sbin/openrc-run"],
  },
];
