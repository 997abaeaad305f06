// What Docker makes for itself with its first container that publishes a port: it is no lab's, and stays.
import type { EmulatedHost } from "@k3s-lab/testbed";

/** The host's own programs run in a container of an image without a file: it lasts until it has a network, and its port is bound. */
const script = `
head -c 1024 /dev/zero | docker import - empty
docker network create first
for folder in /usr /bin /lib /lib64; do set -- "$@" --volume "$folder:$folder:ro"; done
docker run --rm --network first --publish 127.0.0.1:9:9 "$@" empty /bin/true
docker network rm first
`;

/** Has Docker make its cgroups and its tables of the firewall. Leaves an image of its own: "empty". */
export async function warmDocker(host: Pick<EmulatedHost, "run">): Promise<void> {
  await host.run("sh", ["-ec", script]);
}
