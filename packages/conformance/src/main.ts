#!/usr/bin/env node
import { existsSync } from "node:fs";
import { join } from "node:path";
import { giveFolderToCaller, makeForCaller, takeLock } from "@k3s-lab/host";
import { requireRoot } from "@k3s-lab/machines";
import { exitCode } from "@k3s-lab/problem";
import { callersFolder, runCommand } from "@k3s-lab/scripts/run-command";
import { openReport, reportKind } from "@k3s-lab/steps";
import { describeHost } from "@k3s-lab/testbed";
import { buildSuite } from "./build-suite.js";
import { makeImages } from "./make-images.js";
import { readOptions, spec } from "./options.js";
import { otherCluster, pushTo } from "./other-cluster.js";
import { placesIn } from "./places.js";
import { seeCircumstances } from "./circumstances.js";
import { type Testing, testCluster } from "./test-cluster.js";
import { bringUpLab, removeLab } from "./test-lab.js";

await runCommand(spec, async ({ signal, ...line }) => {
  const options = readOptions(line, callersFolder());
  if (options.kubeconfig === undefined) requireRoot(spec.script);
  const places = placesIn();
  makeForCaller(places.dir);
  using _lock = takeLock(join(places.dir, "lock"), line.command);
  const reporter = await openReport(reportKind());
  const { report } = reporter;
  const building = {
    progress: (message: string) => report({ event: "progress", stage: "conformance", message }),
    note: (message: string) => report({ event: "note", stage: "conformance", message }),
    signal,
  };
  try {
    const suite = await buildSuite(places, building);
    const testing = { ...building, options, places, suite };
    if (options.kubeconfig !== undefined) return await testOther(options.kubeconfig, testing);
    return await testLab(testing);
  } finally {
    reporter.end();
    for (const folder of [places.suites, places.images, places.runs])
      if (existsSync(folder)) giveFolderToCaller(folder);
  }
});

/** Makes a lab, tests it, and removes it, whatever comes of that. */
async function testLab(testing: Testing): Promise<number> {
  const { options, places, suite } = testing;
  const images = await makeImages(places, suite, testing);
  if (options.build) return exitCode.done;
  try {
    const lab = await bringUpLab(places, images, testing);
    const { cpu, cores, memory, kernel } = describeHost();
    const machine = `${cpu}, ${cores} cores, ${memory} GB of memory, Linux ${kernel}`;
    const here = { machine, circumstances: seeCircumstances };
    return await testCluster({ ...lab, ...here }, testing);
  } finally {
    if (!options.keep) await removeLab(places, testing);
  }
}

/** Tests a cluster that stays; what a killed run has left in it is the user's to remove. */
async function testOther(kubeconfig: string, testing: Testing): Promise<number> {
  const { options, places, suite } = testing;
  if (options.registry !== undefined) await pushTo(options.registry, await makeImages(places, suite, testing), testing);
  if (options.build) return exitCode.done;
  const cluster = otherCluster(places, kubeconfig, options.registry);
  const elsewhere = {
    circumstances: () => ({ hasSctp: undefined }),
    whileTesting: <T>(test: () => Promise<T>) => test(),
  };
  return testCluster({ cluster, ...elsewhere }, testing);
}
