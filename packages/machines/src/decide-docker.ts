import { createServer } from "node:net";
import { once } from "node:events";
import { expectDocker } from "@k3s-lab/docker";
import type { Lab } from "@k3s-lab/lab";
import { containerOf } from "./drivers/docker/container.js";
import { hasImage, nodeImage } from "./drivers/docker/image.js";
import type { DockerHardware, Machines } from "./machine.js";

/**
 * Decides what a lab has of Docker's: ports that lab.yaml names, or else those that the lab has already, or free ones. Throws
 * where no Docker that can carry a lab answers.
 */
export async function decideDocker(
  { id, config }: Pick<Lab, "id" | "config">,
  recorded: Pick<Machines, "docker"> | undefined,
): Promise<DockerHardware> {
  await expectDocker();
  const { apiPort, registryPort, ports } = config.machines.docker;
  const known = recorded?.docker ?? (await standing(id, config));
  const image = known?.image !== undefined && (await hasImage(known.image)) ? known.image : nodeImage();
  return {
    image,
    apiPort: apiPort === "auto" ? (known?.apiPort ?? (await freePort())) : apiPort,
    registryPort: registryPort === "auto" ? (known?.registryPort ?? (await freePort())) : registryPort,
    registryNodePort: config.registry.port,
    ports: ports.map(onLoopback),
  };
}

/** Reads the ports of a server's container whose record is lost. */
async function standing(
  id: string,
  { nodes, registry }: Lab["config"],
): Promise<{ readonly [Key in "apiPort" | "registryPort" | "image"]?: DockerHardware[Key] | undefined } | undefined> {
  const server = nodes.find(({ role }) => role === "server");
  const container = server && (await containerOf(id, server.name));
  const bound = (port: number) => {
    const [binding] = container?.HostConfig.PortBindings?.[`${port}/tcp`] ?? [];
    return binding === undefined ? undefined : Number(binding.HostPort);
  };
  return container && { apiPort: bound(6443), registryPort: bound(registry.port) };
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
