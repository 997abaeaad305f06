// The whole program of `npm run pack:modules`: makes the npm package of the build from modules, out of the cache or anew.
import { parseArgs } from "node:util";
import { cacheDir } from "@k3s-lab/host";
import { packPackage } from "@k3s-lab/k3s-from-modules";
import { exitCode, failureOf, messageOf } from "@k3s-lab/problem";
import { hostArch } from "./arch.js";
import { toldOfBuild } from "./progress.js";

const usage = "usage: npm run pack:modules -- --out DIR [--arch amd64|arm64]";

interface Wanted {
  readonly out: string;
  readonly arch: "amd64" | "arm64";
}

/** Reads the command line; undefined where it cannot be understood. */
function readArguments(): Wanted | undefined {
  try {
    const { values } = parseArgs({ options: { out: { type: "string" }, arch: { type: "string" } } });
    const { out, arch = hostArch().name } = values;
    return out === undefined || (arch !== "amd64" && arch !== "arm64") ? undefined : { out, arch };
  } catch {
    return undefined;
  }
}

const wanted = readArguments();
if (wanted === undefined) {
  console.error(usage);
  process.exitCode = exitCode.usage;
} else {
  try {
    console.log(
      await packPackage({
        ...wanted,
        cacheDir: cacheDir(),
        onProgress: toldOfBuild((message) => console.error(message)),
      }),
    );
  } catch (error) {
    console.error(messageOf(error));
    process.exitCode = failureOf(error).exitCode;
  }
}
