import { createServer } from "node:net";
import { once } from "node:events";
import { expectDocker, inspect } from "@k3s-lab/docker";
import { cacheDir, type FileSystemSpace, spaceAt } from "@k3s-lab/host";
import { hasSeveralServers, type Lab, serverNames } from "@k3s-lab/lab";
import { type Container, containerOf } from "./drivers/docker/container.js";
import { dockerNames } from "./drivers/docker/driver.js";
import { nodeImage } from "./drivers/docker/image.js";
import { registryVolume, volumeName } from "./drivers/docker/names.js";
import { seeRelay } from "./drivers/docker/relay.js";
import { type Need, needFor, noteOnSpace, refuseFullDisk } from "./disk-room.js";
import type { DockerHardware, Machines } from "./machine.js";

/**
 * Decides what a lab has of Docker's: ports that lab.yaml names, or else those that the lab has already, or free ones. Throws
 * where no Docker that can carry a lab answers; notes what is lost of a lab that was made.
 */
export async function decideDocker({ lab, recorded, note }: Deciding): Promise<DockerHardware> {
  const { apiPort, registryPort, ports } = lab.config.machines.docker;
  const { DockerRootDir } = await expectDocker();
  const { publishing, isLost, hasImages, hasImage } = await seeServers(lab, recorded?.docker?.image);
  if (process.platform === "linux" && DockerRootDir !== undefined) {
    const made = await dockerNames(lab.id);
    const machines = lab.config.nodes.filter(({ name }) => !made.includes(name)).length;
    checkRoom(DockerRootDir, needFor(machines, hasImage), note);
  }
  const wasSeveral = recorded?.docker?.relay !== undefined;
  if (recorded?.docker !== undefined && lab.state.exists("cluster")) {
    if (isLost) note(lossOf(wasSeveral));
    else if (wasSeveral && !hasImages) {
      note("Docker has no volume with the registry's images any more: what was pushed is lost");
    }
  }
  const known = recorded?.docker ?? portsOf(publishing, lab.config.registry.port);
  const isKnown = known.apiPort !== undefined && known.registryPort !== undefined;
  const [api, registry] = isKnown ? [known.apiPort, known.registryPort] : await freePorts(lab.id);
  // Servers that become several need what an earlier image may lack: keepalived.
  const keepsImage = hasImage && (wasSeveral || !hasSeveralServers(lab.config));
  return {
    // What containers were made from, as long as Docker has it: another image would make all of them again.
    image: recorded?.docker !== undefined && keepsImage ? recorded.docker.image : nodeImage(),
    apiPort: apiPort === "auto" ? (known.apiPort ?? api) : apiPort,
    registryPort: registryPort === "auto" ? (known.registryPort ?? registry) : registryPort,
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

/** Refuses a disk of Docker's that is too full for what is still to be made, and notes one that is almost. */
export function checkRoom(
  place: string,
  need: Need,
  note: Deciding["note"],
  space: FileSystemSpace | undefined = spaceAt(place),
): void {
  // Some file systems do not tell.
  if (space === undefined || space.size === 0) return;
  // Machines that are made are repaired, however full their disk is.
  if (need.bytes > 0) {
    const remedy =
      'Make room there: `docker system df` shows what takes it, `docker image prune` removes images without a name; or give Docker a folder on a larger disk ("data-root" in /etc/docker/daemon.json).';
    refuseFullDisk(place, space, need, remedy);
  }
  const fullness = noteOnSpace(place, space, need);
  if (fullness !== undefined) note(fullness);
}

function lossOf(wasSeveral: boolean): string {
  const whose = wasSeveral ? "the servers' containers nor their volumes" : "the server's container nor its volume";
  return `Docker has neither ${whose} any more: what the cluster and its registry held is lost`;
}

/** Looks for what is left of the servers, and for the image that was recorded. */
async function seeServers({ id, config }: Pick<Lab, "id" | "config">, image: string | undefined) {
  const names = serverNames(config);
  const [containers, volumes, relay, images, seenImage] = await Promise.all([
    Promise.all(names.map((name) => containerOf(id, name))),
    Promise.all(names.map((name) => inspect("volume", volumeName(id, name, "rancher")))),
    seeRelay(id),
    inspect("volume", registryVolume(id)),
    image === undefined ? undefined : inspect("image", image),
  ]);
  return {
    /** What publishes the ports. */
    publishing: relay ?? containers[0],
    isLost: [...containers, ...volumes].every((seen) => seen === undefined),
    hasImages: images !== undefined,
    hasImage: seenImage !== undefined,
  };
}

/** Reads the ports of a container whose record is lost. */
function portsOf(container: Container | undefined, registryPort: number) {
  const bound = (port: number) => {
    const [binding] = container?.HostConfig.PortBindings?.[`${port}/tcp`] ?? [];
    return binding === undefined ? undefined : Number(binding.HostPort);
  };
  return { apiPort: bound(6443), registryPort: bound(registryPort) };
}

/** "8080:80" is on 127.0.0.1: nothing of a lab is offered to the LAN unless lab.yaml says so. */
export function onLoopback(written: string): string {
  return /^\d+:\d+(\/|$)/.test(written) ? `127.0.0.1:${written}` : written;
}

/** Below those that the system hands out by itself, so that one that is free today is likely to be free tomorrow. */
const range = { first: 16_384, size: 16_384 } as const;

/** The first free ports from a place in the range on that the lab's id tells: the same ones for a plan as for what follows it. */
export async function freePorts(id: string): Promise<readonly [number, number]> {
  const found: number[] = [];
  for (let step = 0; found.length < 2 && step < range.size; step++) {
    const port = range.first + ((Number.parseInt(id, 16) * 2 + step) % range.size);
    if (await isFree(port)) found.push(port);
  }
  const [first = 0, second = 0] = found;
  return [first, second];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
