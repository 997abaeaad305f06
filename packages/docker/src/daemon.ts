import { release } from "node:os";
import { isInstalled, readText } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import { ask } from "./ask.js";
import { program } from "./docker.js";
import { dockerEndpoint } from "./endpoint.js";

/** The earliest release whose containers can have a cgroup namespace of their own. */
const oldest = [20, 10] as const;

/** What the daemon tells of itself, as far as it matters here. */
export interface DaemonInfo {
  /** The folder for all that the daemon keeps. */
  readonly DockerRootDir?: string;
  readonly ServerVersion?: string;
  readonly SecurityOptions?: readonly string[] | null;
  readonly KernelVersion?: string;
  readonly OperatingSystem?: string;
}

/** The system that the `docker` command runs on. */
export interface Here {
  readonly platform: NodeJS.Platform;
  /** "6.1.0-28-amd64" */
  readonly kernel: string;
}

/**
 * Refuses, with what to do, a Docker that cannot carry a lab: none, a remote one, one too old, rootless, with user namespaces. Returns
 * what one that can tells of itself.
 */
export async function expectDocker(): Promise<DaemonInfo> {
  if (!isInstalled(program)) {
    throw new Problem("LAB-DKR-001", "host", "lacks docker (runs the machines)", {
      remedy:
        "Install Docker Engine, see https://docs.docker.com/engine/install/; on Debian: sudo apt-get install docker.io.",
    });
  }
  const info = (await ask<DaemonInfo>("/info")) ?? {};
  const here = { platform: process.platform, kernel: release() };
  const endpoint = dockerEndpoint();
  const refusal = refusalOf(info, endpoint, here);
  if (refusal !== undefined) throw refusal;
  if (process.platform === "linux") await expectNetworksHere(endpoint);
  return info;
}

/**
 * Refuses a daemon of this kernel that makes its networks in another network than this process': that of a container that was
 * given its host's socket, or of the virtual machine that all distributions of WSL share.
 */
async function expectNetworksHere(endpoint: string): Promise<void> {
  const network = await ask<{ readonly Options?: Readonly<Record<string, string>> | null }>("/networks/bridge");
  const bridge = network?.Options?.["com.docker.network.bridge.name"];
  // Not /sys, which may show the links of the network that it was mounted in.
  const links = readText("/proc/net/dev")
    ?.split("\n")
    .map((line) => line.split(":")[0]?.trim());
  if (bridge === undefined || links === undefined || links.includes(bridge)) return;
  throw new Problem(
    "LAB-DKR-005",
    "host",
    `the Docker at ${endpoint} has its networks on another host (there is no ${bridge} here), expected them on this one`,
    {
      remedy:
        "Run k3s-lab where that Docker runs: outside of a container that was only given its socket; or install Docker Engine here.",
    },
  );
}

/** Says why a daemon that answers cannot carry a lab; undefined where it can. */
export function refusalOf(info: DaemonInfo, endpoint: string, here: Here): Problem | undefined {
  const {
    ServerVersion: version = "",
    SecurityOptions: security,
    KernelVersion: kernel,
    OperatingSystem: system,
  } = info;
  const has = (name: string) => (security ?? []).some((option) => option.split(",").includes(`name=${name}`));
  const refuse = (what: string, remedy: string) => new Problem("LAB-DKR-005", "host", what, { remedy });
  const ordinary = "Use a Docker Engine that runs as root, on its usual socket; or machines.provider: lxc, as root.";
  if (has("rootless")) {
    return refuse(
      `the Docker at ${endpoint} is rootless, where K3s cannot load its rules and nodes have no LAN`,
      ordinary,
    );
  }
  if (has("userns")) {
    return refuse(
      `the Docker at ${endpoint} has userns-remap, where a privileged container is none`,
      'Take "userns-remap" out of /etc/docker/daemon.json and restart Docker; or write machines.provider: lxc, as root.',
    );
  }
  if (isPodman(version)) return refuse(`Podman ${version} answers at ${endpoint}, expected Docker`, ordinary);
  if (isOlder(version)) {
    return refuse(`Docker is ${version}, expected ${oldest.join(".")} or later`, "Update Docker Engine.");
  }
  // Docker Desktop runs containers where no rule of this host guards them: in a virtual machine, and in WSL beside this system.
  if (here.platform === "linux" && system === "Docker Desktop" && kernel === here.kernel) {
    return refuse(
      `the Docker at ${endpoint} is Docker Desktop's, whose networks are not on this system, expected a Docker Engine of its own`,
      "Switch off WSL integration for this distribution in Docker Desktop's settings, and install Docker Engine in it.",
    );
  }
  if (here.platform === "linux" && kernel !== here.kernel) {
    return refuse(
      `the Docker at ${endpoint} runs on another kernel (${system ?? "another system"}, ${kernel}), expected this host's ${here.kernel}`,
      "Install Docker Engine on this host and run `docker context use default`; Docker Desktop's virtual machine cannot be guarded from here.",
    );
  }
  return undefined;
}

function numbersOf(version: string): readonly number[] {
  return version.split(/[.~+-]/).map(Number);
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = numbersOf(version);
  return major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
}

/** Podman's numbers are far below those of any Docker that has worked since 2017. */
function isPodman(version: string): boolean {
  const [major = 0] = numbersOf(version);
  return major >= 2 && major < 17;
}
