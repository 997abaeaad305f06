import { docker, inspect } from "@k3s-lab/docker";
import { type InstallOptions, modulesStep } from "@k3s-lab/host";
import { bridgeOf } from "@k3s-lab/host-network/names";
import type { Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { type Step, step } from "@k3s-lab/steps";
import { dockerDriver } from "../drivers/docker/driver.js";
import { hasImage, makeImage, nodeImage } from "../drivers/docker/image.js";
import { labLabel, networkName } from "../drivers/docker/names.js";
import { wordsOf } from "../drivers/docker/start.js";
import { modules } from "../host-needs.js";
import type { Machines } from "../machine.js";
import { Fleet } from "./fleet.js";
import { holdSysctlsStep } from "./hold-sysctls.js";
import { limitMachinesStep } from "./limit-machines.js";
import { makeMachinesStep, removeUnwantedStep } from "./make-machines.js";
import { setUpNodesStep } from "./set-up-nodes.js";
import { startRelayStep } from "./start-relay.js";
import { startMachinesStep } from "./start-machines.js";

/** Containers of Docker, each of them a computer on a network of the lab's own. */
export function dockerSteps(lab: Pick<Lab, "id">, wanted: Machines): readonly Step[] {
  const fleet = new Fleet(
    wanted,
    dockerDriver(lab.id, () => wanted),
  );
  // Elsewhere the kernel is that of Docker's virtual machine.
  const onHost = process.platform === "linux" ? [modulesStep(modules), holdSysctlsStep(lab.id)] : [];
  return [
    ...onHost,
    networkStep(lab.id, wanted),
    removeUnwantedStep(fleet),
    makeMachinesStep(fleet),
    startMachinesStep(fleet),
    limitMachinesStep(fleet),
    setUpNodesStep(fleet),
    // Last: until now the only server may have had the ports that it publishes.
    ...(wanted.docker?.relay === undefined ? [] : [startRelayStep(lab.id, wanted)]),
  ];
}

/** What containers are made of: all labs share it. */
export function imageStep(base: string, install: InstallOptions["install"]): Step {
  return step<boolean>({
    id: "make-image",
    title: "Make image",
    observe: () => hasImage(),
    plan: (isThere) =>
      isThere
        ? []
        : [
            {
              on: "host",
              kind: "make",
              sentence: `host: make the image ${nodeImage()} for Docker (once)`,
              run: (context) => makeImage(base, install, context),
            },
          ],
  });
}

interface Network {
  readonly IPAM: { readonly Config: readonly { readonly Subnet?: string; readonly Gateway?: string }[] | null };
  readonly Options: Readonly<Record<string, string>> | null;
}

/** Docker's options of the lab's network: on Linux the bridge is the lab's own, and the lab translates what leaves it. */
export function networkOptions(labId: string, platform = process.platform): Readonly<Record<string, string>> {
  if (platform !== "linux") return {};
  return {
    "com.docker.network.bridge.name": bridgeOf(labId),
    "com.docker.network.bridge.enable_ip_masquerade": "false",
  };
}

/** Docker's network on the lab's LAN: fixed addresses, which it does not hand out by itself. */
function networkStep(labId: string, { lan, gateway }: Machines): Step {
  const name = networkName(labId);
  const options = networkOptions(labId);
  return step<Network | undefined>({
    id: "make-network",
    title: "Make network",
    observe: () => inspect<Network>("network", name),
    plan: (seen) => {
      const [config] = seen?.IPAM.Config ?? [];
      const isRight =
        config?.Subnet === String(lan.subnet) &&
        config.Gateway === gateway &&
        Object.entries(options).every(([key, value]) => seen?.Options?.[key] === value);
      if (isRight) return [];
      return [
        {
          on: "host",
          kind: seen === undefined ? "make" : "change",
          sentence: `host: make Docker's network ${name} for ${lan.subnet}${seen === undefined ? "" : " again"}`,
          run: async () => {
            if (seen !== undefined) await removeNetwork(name);
            const settings = Object.entries(options).flatMap(([key, value]) => ["--opt", `${key}=${value}`]);
            const addresses = ["--subnet", String(lan.subnet), "--gateway", gateway];
            const label = ["--label", labLabel(labId)];
            try {
              await docker(["network", "create", "--driver", "bridge", ...addresses, ...label, ...settings, name]);
            } catch (cause) {
              throw networkNotMade(name, String(lan.subnet), cause);
            }
          },
        },
      ];
    },
  });
}

/** Why Docker did not make a network; what has its addresses may be a network that has no route on this host. */
export function networkNotMade(name: string, subnet: string, cause: unknown): Problem {
  const said = wordsOf(cause);
  const what = `could not be made for ${subnet}: ${said}`;
  const remedy = /overlap/i.test(said)
    ? "Another network of Docker has these addresses: `docker network inspect $(docker network ls -q)` shows which. Remove it; or write another network.subnet in lab.yaml, and run `npm run lab:down` and `npm run lab:up`."
    : "Fix what Docker names, then run `npm run lab:up` again.";
  return new Problem("LAB-DKR-006", `Docker's network ${name}`, what, { remedy, cause });
}

/** Removes a network, with what still is on it taken off. */
export async function removeNetwork(name: string): Promise<void> {
  const seen = await inspect<{ readonly Containers: Readonly<Record<string, unknown>> | null }>("network", name);
  for (const id of Object.keys(seen?.Containers ?? {})) await docker(["network", "disconnect", "--force", name, id]);
  await docker(["network", "rm", name]);
}
