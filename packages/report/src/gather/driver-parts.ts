import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "@k3s-lab/lab";
import type { Part } from "../part.js";
import { isDockersOrUnknown } from "./from-disk.js";
import { outputOf } from "./output.js";

type OfLab = Pick<Lab, "id" | "config" | "state">;

/** What the program tells that a lab's machines are made by. Of Linux containers it is the host itself. */
export function driverParts(lab: OfLab): readonly Part[] {
  return [...(isDockersOrUnknown(lab) ? [dockerPart(lab)] : []), ...vagrantParts(lab)];
}

function dockerPart({ id }: OfLab): Part {
  const format = "{{.Names}}\t{{.Status}}\t{{.Image}}\t{{.Ports}}";
  return {
    path: "host/docker.txt",
    what: "Docker, and the lab's containers",
    gather: async (signal) => {
      const info = await outputOf(["docker", "info"], { signal });
      const filter = `name=k3s-lab-${id}`;
      return `${info}\n\n${await outputOf(["docker", "ps", "--all", "--filter", filter, "--format", format], { signal })}`;
    },
  };
}

function vagrantParts({ state }: OfLab): readonly Part[] {
  const cwd = state.path("vagrant");
  const file = join(cwd, "Vagrantfile");
  if (!existsSync(file)) return [];
  // Vagrant would ask on the internet for a newer one.
  const env = { VAGRANT_CHECKPOINT_DISABLE: "1", VAGRANT_NO_COLOR: "1" };
  return [
    { path: "lab/Vagrantfile", what: "what Vagrant goes by", gather: async () => readFileSync(file, "utf8") },
    {
      path: "host/vagrant.txt",
      what: "Vagrant's plugins and boxes, and the lab's machines",
      gather: async (signal) => {
        const told = async (...args: readonly string[]) =>
          `$ vagrant ${args.join(" ")}\n${await outputOf(["vagrant", ...args], { cwd, env, signal })}\n`;
        return [await told("status"), await told("plugin", "list"), await told("box", "list")].join("\n");
      },
    },
  ];
}
