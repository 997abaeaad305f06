import { release } from "node:os";
import { isInstalled } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import { ask } from "./ask.js";
import { program } from "./docker.js";
import { dockerEndpoint } from "./endpoint.js";

/** The earliest release whose containers can have a cgroup namespace of their own. */
const oldest = [20, 10] as const;

/** What the daemon tells of itself, as far as it matters here. */
export interface DaemonInfo {
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

/** Refuses, with what to do, a Docker that cannot carry a lab: none, a remote one, one too old, rootless, with user namespaces. */
export async function expectDocker(): Promise<void> {
  if (!isInstalled(program)) {
    throw new Problem("LAB-DKR-001", "host", "lacks docker (runs the machines)", {
      remedy:
        "Install Docker Engine, see https://docs.docker.com/engine/install/; on Debian: sudo apt-get install docker.io.",
    });
  }
  const info = (await ask<DaemonInfo>("/info")) ?? {};
  const here = { platform: process.platform, kernel: release() };
  const refusal = refusalOf(info, dockerEndpoint(), here);
  if (refusal !== undefined) throw refusal;
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
  // Docker Desktop for Linux runs containers in a virtual machine, whose network no rule of this host guards.
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
