// What the suites of several servers share: labs of them, their loss, and how long it is felt.
import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RunOptions } from "@k3s-lab/exec";
import { makeImage, namedArchive, writeTar } from "@k3s-lab/images";
import { isPodReady, type Pod } from "@k3s-lab/kube";
import { labDigest } from "@k3s-lab/lab";
import { machinePlaces, sharedStore } from "@k3s-lab/machines";
import type { EmulatedHost } from "@k3s-lab/testbed";
import * as assert from "uvu/assert";
import { type DrivenLab, eventually } from "./drive-lab.js";

export const servers = ["multi", "server2", "server3"];

/** The lab.yaml of a lab with these servers, and these agents; `more`: further keys of it. */
export function labOf(names: readonly string[], agents: readonly string[] = [], more = ""): string {
  const roles = [...names.map((name) => [name, "server"]), ...agents.map((name) => [name, "agent"])];
  return `name: servers\nnodes:\n${roles.map(([name, role]) => `  - { name: ${name}, role: ${role} }\n`).join("")}${more}`;
}

/** How machines are lost. */
export interface Losses {
  /** Kills everything of a machine at once: no program of it hears of that. */
  kill(name: string): Promise<void>;
  /** Removes the disk of a machine that was killed, as a person would by mistake. */
  removeDisk(name: string): Promise<void>;
  /** Removes all images of the servers' registry, none of which has a disk. */
  removeImages(): Promise<void>;
}

/** The losses of Linux containers. */
export function ofContainers(lab: DrivenLab, host: Pick<EmulatedHost, "run">): Losses {
  const places = (name: string) => machinePlaces(idOf(lab), name);
  return {
    async kill(name) {
      const which = `-n ${name} -P ${dirname(places(name).dir)}`;
      const script = `kill -9 "$(lxc-info ${which} -p -H | tr -dc 0-9)" && lxc-wait ${which} -s STOPPED -t 30`;
      await host.run("sh", ["-c", script]);
    },
    async removeDisk(name) {
      rmSync(places(name).dir, { recursive: true, force: true });
    },
    async removeImages() {
      const { mounts } = lab.state<{ readonly mounts: readonly { readonly from: string; readonly to: string }[] }>(
        "machines.json",
      );
      const folder = mounts.find(({ to }) => to === sharedStore)?.from ?? "";
      rmSync(join(folder, "docker"), { recursive: true });
    },
  };
}

/** The losses of Docker's containers, whose disks are volumes. */
export function ofDocker(lab: DrivenLab, host: Pick<EmulatedHost, "run">): Losses {
  const container = (name: string) => `k3s-lab-${idOf(lab)}-${name}`;
  return {
    async kill(name) {
      await host.run("docker", ["kill", container(name)]);
    },
    async removeDisk(name) {
      await host.run("docker", ["rm", "--force", container(name)]);
      const volumes = ["rancher", "kubelet", "config"].map((volume) => `${container(name)}-${volume}`);
      await host.run("docker", ["volume", "rm", ...volumes]);
    },
    async removeImages() {
      await host.run("docker", ["volume", "rm", `k3s-lab-${idOf(lab)}.registry`]);
    },
  };
}

export function idOf({ dir }: Pick<DrivenLab, "dir">): string {
  return labDigest(join(dir, ".lab"));
}

/** Writes an image of one file, which nobody runs, into a folder; returns its path. */
export function imageFile(dir: string, image: string): string {
  const layer = writeTar([{ name: "content", content: Buffer.from(image) }]);
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const file = join(dir, "image.tar");
  writeFileSync(file, namedArchive([makeImage({ architecture, config: {}, layer })], image));
  return file;
}

/** A lab of several servers, and how it loses them. */
export class SeveralServers {
  readonly lab: DrivenLab;
  readonly #losses: Losses;
  readonly #options: RunOptions;

  constructor(lab: DrivenLab, losses: Losses, options: RunOptions = {}) {
    this.lab = lab;
    this.#losses = losses;
    this.#options = options;
  }

  /** The address that they share. */
  get address(): string {
    return this.lab.state<{ readonly sharedAddress: string }>("machines.json").sharedAddress;
  }

  /** The server that has it. */
  async holder(): Promise<string | undefined> {
    const script = `ip -4 address show dev eth0 | grep -q ' ${this.address}/32'`;
    for (const name of servers) {
      const { exitCode } = await this.lab.npm("lab:exec", [name, "sh", "-c", script]);
      if (exitCode === 0) return name;
    }
    return undefined;
  }

  kill(name: string): Promise<void> {
    return this.#losses.kill(name);
  }

  async destroyDisk(name: string): Promise<void> {
    await this.kill(name);
    await this.#losses.removeDisk(name);
  }

  /** Removes all images of their registry. */
  destroyImages(): Promise<void> {
    return this.#losses.removeImages();
  }

  /** Writes through the address that they share. One that was cut off before it was acknowledged may be there already. */
  async write(name: string): Promise<void> {
    const words = ["create", "configmap", name, "--from-literal=a=b", "--request-timeout=5s"];
    const { exitCode, stderr } = await this.lab.npm("kubectl", words, this.#options);
    if (exitCode !== 0 && !stderr.includes("already exists")) throw new Error(stderr);
  }

  /** Kills the server that holds the address: what was acknowledged stays, writes go on, then pushes, and pulls by a node. Resolves with its name. */
  async losesHolder(node: string): Promise<string> {
    const victim = await this.holder();
    assert.ok(victim, "one of them has the address");
    await this.write("acknowledged");
    await this.push("acme/kept:1");
    await this.kill(victim);
    const written = await secondsUntil("a write succeeds", () => this.write("afterwards"));
    const pushed = await secondsUntil("a push succeeds", () => this.push("acme/late:1"));
    const pulled = await secondsUntil("a pull succeeds", () => this.pull(node, "acme/kept:1"));
    console.log(
      `${victim} killed: a write after ${written.toFixed(1)} s, then a push after ${pushed.toFixed(1)} s and a pull after ${pulled.toFixed(1)} s more`,
    );
    assert.ok(written <= 30, `a write after ${written} s`);
    assert.ok(written + pushed + pulled <= 60, "pushes and pulls within 60 s");
    await this.lab.kubectl("get", "configmap", "acknowledged");
    assert.match((await this.lab.npm("lab:status")).stdout, victim);
    return victim;
  }

  /** Pushes an image of one file, which nobody runs. */
  push(image: string): Promise<string> {
    return this.lab.npmOk("push", [imageFile(this.lab.dir, image)]);
  }

  /** Has a node pull an image that was pushed. */
  pull(node: string, image: string): Promise<string> {
    const reference = `multi:5000/${image}`;
    const script = `k3s crictl pull ${reference} && k3s crictl rmi ${reference}`;
    return this.lab.npmOk("lab:exec", [node, "bash", "-c", script]);
  }

  /** The nodes that have a pod of CoreDNS. */
  async dnsServers(): Promise<ReadonlySet<string | undefined>> {
    const which = ["--namespace=kube-system", "--selector=k8s-app=kube-dns"];
    const { items } = await this.lab.kubectlJson<{ readonly items: readonly Pod[] }>("get", "pods", ...which);
    return new Set(items.filter(isPodReady).map(({ spec }) => spec?.nodeName));
  }

  /**
   * Finds a name of the cluster by the resolver of the C library, in the network of a pod of the node. It asks once: what it repeats
   * comes from the same socket, and kube-proxy leads it to the same pod of CoreDNS, also to a dead one. Who calls again, asks anew.
   */
  lookUp(node: string): Promise<string> {
    const { clusterDns } = this.lab.state<{ readonly clusterDns: string }>("cluster.json");
    const script = `
      network=$(ls -tr /run/netns/cni-* | head -n1)
      printf 'nameserver ${clusterDns}\\noptions timeout:1 attempts:1\\n' >/tmp/resolv.conf
      exec nsenter --net="$network" unshare --mount sh -c '
        mount --bind /tmp/resolv.conf /etc/resolv.conf && getent hosts kubernetes.default.svc.cluster.local'`;
    return this.lab.npmOk("lab:exec", [node, "sh", "-c", script]);
  }
}

/** Resolves with the seconds until something succeeds, which is tried again and again for two minutes. */
export async function secondsUntil(what: string, succeeds: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  const holds = () =>
    succeeds().then(
      () => true,
      () => false,
    );
  await eventually(what, holds, 120_000);
  return (performance.now() - started) / 1000;
}
