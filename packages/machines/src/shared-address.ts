import type { Machine, Machines } from "./machine.js";

/** Debian's keepalived, which holds the address: the protocol is VRRP, RFC 5798. */
export const keepalived = { service: "keepalived", program: "usr/sbin/keepalived" } as const;

export const keepalivedFile = "/etc/keepalived/keepalived.conf";
const checkFile = "/etc/k3s-lab/serves-api.sh";

type Sharing = Pick<Machines, "sharedAddress"> & {
  readonly machines: readonly Pick<Machine, "name" | "role" | "address" | "interface">[];
};

/** Tells whether a machine may hold the servers' shared address. */
export function isSharing(
  { role }: Pick<Machine, "role">,
  { sharedAddress }: Pick<Machines, "sharedAddress">,
): boolean {
  return sharedAddress !== undefined && role === "server";
}

/** The files of a server by which one of several holds their shared address; none where there is one server. */
export function sharingFiles(
  machine: Pick<Machine, "name" | "role">,
  wanted: Sharing,
): readonly { readonly path: string; readonly content: string }[] {
  if (!isSharing(machine, wanted)) return [];
  return [
    { path: checkFile, content: checkScript },
    { path: keepalivedFile, content: keepalivedConfig(machine.name, wanted) },
  ];
}

/**
 * Renders keepalived's configuration. Servers speak to each other alone, not to all of the LAN, where others may use VRRP, too.
 * One that takes over keeps the address when the others are back: each change breaks the connections that go through it.
 */
function keepalivedConfig(name: string, { machines, sharedAddress }: Sharing): string {
  const servers = machines.filter(({ role }) => role === "server");
  const place = servers.findIndex((server) => server.name === name);
  const [own] = servers.slice(place);
  const peers = servers.filter((server) => server.name !== name);
  return `# Written by k3s-lab; the next lab:up writes it again.
global_defs {
  router_id ${name}
  enable_script_security
  script_user root
}
vrrp_script serves_api {
  script "/bin/sh ${checkFile}"
  interval 2
  timeout 3
  fall 3
  rise 1
}
vrrp_instance servers {
  state BACKUP
  nopreempt
  interface ${own?.interface}
  virtual_router_id 53
  priority ${200 - place}
  advert_int 1
  unicast_src_ip ${own?.address}
  unicast_peer {
${peers.map(({ address }) => `    ${address}\n`).join("")}  }
  virtual_ipaddress {
    ${sharedAddress}/32
  }
  track_script {
    serves_api
  }
}
`;
}

/**
 * Asks the server's own API as its administrator, which needs nothing of the store: where more than half of the servers are lost,
 * the address stays, and the API itself tells what is wrong.
 */
const checkScript = `# Written by k3s-lab: keepalived holds the servers' shared address while this succeeds.
tls=/var/lib/rancher/k3s/server/tls
printf 'GET /livez?exclude=etcd HTTP/1.0\\r\\n\\r\\n' |
	timeout 2 openssl s_client -quiet -verify_quiet -connect 127.0.0.1:6443 \\
		-cert "$tls/client-admin.crt" -key "$tls/client-admin.key" 2>/dev/null |
	grep -q '^HTTP/1.. 200'
`;

/**
 * Shell by which a server that is about to stop leaves the shared address to another one, where it holds it: within a second,
 * instead of when the others miss its API. `restart`: shell that restarts keepalived, which tells the others that it goes.
 */
export function leaveScript(address: string, restart: string): string {
  return `if ip -4 address show | grep -q ' ${address}/32 '; then
	(${restart}) >/dev/null 2>&1
	sleep 1
fi`;
}

/** Reads the shared address in keepalived's configuration. */
export function sharedIn(config: string): string | undefined {
  return /^ {4}(\S+)\/32$/m.exec(config)?.[1];
}
