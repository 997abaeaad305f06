import { createServer } from "node:net";
import { once } from "node:events";
import { expectDocker, inspect } from "@k3s-lab/docker";
import { cacheDir } from "@k3s-lab/host";
import type { Lab } from "@k3s-lab/lab";
import type { Container } from "./drivers/docker/container.js";
import { nodeImage } from "./drivers/docker/image.js";
import { containerName, volumeName } from "./drivers/docker/names.js";
import type { DockerHardware, Machines } from "./machine.js";

/**
 * Decides what a lab has of Docker's: ports that lab.yaml names, or else those that the lab has already, or free ones. Throws
 * where no Docker that can carry a lab answers; notes what is lost of a lab that was made.
 */
export async function decideDocker({ lab, recorded, note }: Deciding): Promise<DockerHardware> {
  const { apiPort, registryPort, ports } = lab.config.machines.docker;
  await expectDocker();
  const { container, hasVolume, hasImage } = await seeServer(lab, recorded?.docker?.image);
  if (recorded?.docker !== undefined && lab.state.exists("cluster") && container === undefined && !hasVolume) {
    note(
      "Docker has neither the server's container nor its volume any more: what the cluster and its registry held is lost",
    );
  }
  const known = recorded?.docker ?? portsOf(container, lab.config.registry.port);
  return {
    // What containers were made from, as long as Docker has it: another image would make all of them again.
    image: recorded?.docker !== undefined && hasImage ? recorded.docker.image : nodeImage(),
    apiPort: apiPort === "auto" ? (known.apiPort ?? (await freePort())) : apiPort,
    registryPort: registryPort === "auto" ? (known.registryPort ?? (await freePort())) : registryPort,
    registryNodePort: lab.config.registry.port,
    ports: ports.map(onLoopback),
    cache: recorded?.docker?.cache ?? cacheDir(),
  };
}

interface Deciding {
  readonly lab: Pick<Lab, "id" | "config" | "state">;
  readonly recorded: Pick<Machines, "docker"> | undefined;
  note(message: string): void;
}

/** Looks for what is left of the server, and for the image that was recorded, by one process. */
async function seeServer({ id, config }: Pick<Lab, "id" | "config">, image: string | undefined) {
  const name = config.nodes.find(({ role }) => role === "server")?.name ?? "";
  const volume = volumeName(id, name, "rancher");
  type Any = Container & { readonly Mountpoint?: string; readonly RootFS?: object };
  const seen = await inspect<Any>("any", [containerName(id, name), volume, ...(image === undefined ? [] : [image])]);
  return {
    container: seen.find(({ State }) => State !== undefined),
    hasVolume: seen.some(({ Mountpoint }) => Mountpoint !== undefined),
    hasImage: seen.some(({ RootFS }) => RootFS !== undefined),
  };
}

/** Reads the ports of a server's container whose record is lost. */
function portsOf(container: Container | undefined, registryPort: number) {
  const bound = (port: number) => {
    const [binding] = container?.HostConfig.PortBindings?.[`${port}/tcp`] ?? [];
    return binding === undefined ? undefined : Number(binding.HostPort);
  };
  return { apiPort: bound(6443), registryPort: bound(registryPort) };
}

/** "8080:80" is on 127.0.0.1: nothing of a lab is offered to the LAN unless lab.yaml says so. */
function onLoopback(written: string): string {
  return /^\d+:\d+(\/|$)/.test(written) ? `127.0.0.1:${written}` : written;
}

/** Has the system pick a port of 127.0.0.1 that nothing listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
