#!/usr/bin/env node
import { openLab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { pushImage, readRegistry } from "@k3s-lab/registry";
import { openReport, reportKind } from "@k3s-lab/steps";
import { command } from "./command.js";
import { noLab } from "./expect-lab.js";

const name = "npm run push";

await command(
  {
    name,
    does: "Pushes an image into the lab's registry: a docker-archive or oci-archive file, oci:FOLDER, docker://REFERENCE or docker-daemon:REFERENCE.",
    operands: "IMAGE",
    options: { name: { type: "string" }, json: { type: "boolean" } },
  },
  async ({ file, operands, flag, value, signal }) => {
    const lab = await openLab(file);
    const [image, ...more] = operands;
    if (image === undefined || more.length > 0) {
      const seen = operands.length === 0 ? "none" : operands.join(" ");
      throw new Problem("LAB-CLI-005", name, `expected one IMAGE, seen: ${seen}`, {
        remedy: "See `npm run push -- --help`.",
      });
    }
    const registry = readRegistry(lab);
    if (registry === undefined) throw noLab(lab);
    const report = openReport(reportKind());
    const progress = (message: string) => report({ event: "progress", stage: "push", message });
    const pushed = await pushImage(image, {
      registry,
      name: value("name"),
      install: lab.config.host.install,
      progress,
      signal,
    });
    if (flag("json")) console.log(JSON.stringify(pushed));
    else console.log([...pushed.references.map((reference) => `${reference}`), pushed.digest].join("\n"));
  },
);
