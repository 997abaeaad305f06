// What the suites of several servers share: labs of them, their loss, and how long it is felt.
import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RunOptions } from "@k3s-lab/exec";
import { makeImage, namedArchive, writeTar } from "@k3s-lab/images";
import { isPodReady, type Pod } from "@k3s-lab/kube";
import { labDigest } from "@k3s-lab/lab";
import { machinePlaces, sharedStore } from "@k3s-lab/machines";
import type { EmulatedHost } from "@k3s-lab/testbed";
import { type DrivenLab, eventually } from "./drive-lab.js";

export const servers = ["multi", "server2", "server3"];

/** The lab.yaml of a lab with these servers, and these agents. */
export function labOf(names: readonly string[], agents: readonly string[] = []): string {
  const roles = [...names.map((name) => [name, "server"]), ...agents.map((name) => [name, "agent"])];
  return `name: servers\nnodes:\n${roles.map(([name, role]) => `  - { name: ${name}, role: ${role} }\n`).join("")}`;
}

/** A lab of several servers, and the host that it is on. */
export class SeveralServers {
  readonly lab: DrivenLab;
  readonly #host: Pick<EmulatedHost, "run">;
  readonly #options: RunOptions;

  constructor(lab: DrivenLab, host: Pick<EmulatedHost, "run">, options: RunOptions = {}) {
    this.lab = lab;
    this.#host = host;
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

  /** Kills everything of a machine at once: no program of it hears of that. */
  async kill(name: string): Promise<void> {
    const which = `-n ${name} -P ${dirname(this.#places(name).dir)}`;
    const script = `kill -9 "$(lxc-info ${which} -p -H | tr -dc 0-9)" && lxc-wait ${which} -s STOPPED -t 30`;
    await this.#host.run("sh", ["-c", script]);
  }

  /** Removes a machine's disk, as a person would by mistake. */
  async destroyDisk(name: string): Promise<void> {
    await this.kill(name);
    rmSync(this.#places(name).dir, { recursive: true, force: true });
  }

  /** Removes all images of their registry, which are on the host. */
  async destroyImages(): Promise<void> {
    const { mounts } = this.lab.state<{ readonly mounts: readonly { readonly from: string; readonly to: string }[] }>(
      "machines.json",
    );
    const folder = mounts.find(({ to }) => to === sharedStore)?.from ?? "";
    await this.#host.run("sh", ["-c", `rm -r ${folder}/docker`]);
  }

  /** Writes through the address that they share. One that was cut off before it was acknowledged may be there already. */
  async write(name: string): Promise<void> {
    const words = ["create", "configmap", name, "--from-literal=a=b", "--request-timeout=5s"];
    const { exitCode, stderr } = await this.lab.npm("kubectl", words, this.#options);
    if (exitCode !== 0 && !stderr.includes("already exists")) throw new Error(stderr);
  }

  /** Pushes an image of one file, which nobody runs. */
  push(image: string): Promise<string> {
    const layer = writeTar([{ name: "content", content: Buffer.from(image) }]);
    const architecture = process.arch === "x64" ? "amd64" : process.arch;
    const file = join(this.lab.dir, "image.tar");
    writeFileSync(file, namedArchive([makeImage({ architecture, config: {}, layer })], image));
    return this.lab.npmOk("push", [file]);
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

  /** Finds a name of the cluster by the resolver of the C library, in the network of a pod of the node. */
  lookUp(node: string): Promise<string> {
    const { clusterDns } = this.lab.state<{ readonly clusterDns: string }>("cluster.json");
    const script = `
      network=$(ls -tr /run/netns/cni-* | head -n1)
      echo nameserver ${clusterDns} >/tmp/resolv.conf
      exec nsenter --net="$network" unshare --mount sh -c '
        mount --bind /tmp/resolv.conf /etc/resolv.conf && getent hosts kubernetes.default.svc.cluster.local'`;
    return this.lab.npmOk("lab:exec", [node, "sh", "-c", script]);
  }

  #places(name: string) {
    return machinePlaces(labDigest(join(this.lab.dir, ".lab")), name);
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
