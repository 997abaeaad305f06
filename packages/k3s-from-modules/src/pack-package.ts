import { chmod, copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { constants } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import { buildModules, versions, type BuildOptions } from "./build.js";
import { type Licensed, licenceText, licensed } from "./licences.js";
import { linkedModules } from "./linked.js";
import { parts } from "./parts.js";
import { platformPackage } from "./platform-package.js";
import { kubernetesVersion, releaseFiles, sources, type Arch } from "./release.js";

export interface PackOptions extends BuildOptions {
  /** The folder of the package is made in it, and replaces an older one. */
  readonly out: string;
}

/** Makes the npm package of a build, which is taken from the cache or made; returns its folder. */
export async function packPackage({ out, ...options }: PackOptions): Promise<string> {
  const { arch, signal } = options;
  const build = await buildModules(options);
  const { name } = platformPackage(arch);
  const folder = join(out, name.replace(/^.*\//, ""));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const files = releaseFiles(arch);
  for (const file of Object.values(files)) {
    await copyFile(join(build, file), join(folder, file), constants.COPYFILE_FICLONE);
    await chmod(join(folder, file), file === files.binary ? 0o755 : 0o644);
  }
  await writeFile(join(folder, "LICENSES"), await licences(arch, signal));
  await writeFile(join(folder, "README.md"), readme(name, files.sums));
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest(arch), undefined, 2)}\n`);
  return folder;
}

/** Returns the package.json. npm keeps no build metadata in a version, so that Kubernetes' is a field. */
export function manifest(arch: Arch): object {
  const { name, cpu, version } = platformPackage(arch);
  return {
    name,
    version,
    description: `What k3s-lab builds from upstream's Go modules, for Linux on ${cpu}. It is no K3s release.`,
    license: "SEE LICENSE IN LICENSES",
    os: ["linux"],
    cpu: [cpu],
    preferUnplugged: true,
    publishConfig: { access: "public" },
    kubernetes: kubernetesVersion(),
  };
}

/** Go's and the C libraries' licences lie where Debian and Go put them. */
async function licences(arch: Arch, signal: AbortSignal | undefined): Promise<string> {
  const linked = parts(versions("")).filter(({ native }) => !native);
  const upstream = (await linkedModules(linked, arch, signal)).filter(({ version }) => version !== "");
  const modules = await Promise.all(upstream.map(licensed));
  const { stdout } = await run("go", ["env", "GOROOT", "GOVERSION"], { cwd: join(sources, "k3s"), signal });
  const [goRoot = "", goVersion = ""] = stdout.split("\n");
  const inC = ["libc6-dev", "libseccomp-dev"].map((name): Licensed => {
    return { name: `${name} (in runc)`, files: [`/usr/share/doc/${name}/copyright`] };
  });
  const own: Licensed = { name: "k3s-lab", files: [fileURLToPath(new URL("../../../LICENSE", import.meta.url))] };
  const go: Licensed = { name: goVersion, files: ["LICENSE", "PATENTS"].map((file) => join(goRoot, file)) };
  return licenceText([own, go, ...inC, ...modules]);
}

function readme(name: string, sums: string): string {
  return [
    `# ${name}`,
    "",
    `${kubernetesVersion()}: Kubernetes, containerd, runc, flannel, CoreDNS and a registry, built by k3s-lab from their Go`,
    "modules, in one file named k3s and two archives of images. **It is no K3s release.** k3s-lab takes it in place of",
    "compiling: `npm install` it beside k3s-lab or lab.yaml, as root or the user who runs k3s-lab.",
    "",
    `Sums are in ${sums}, the licences of all that is linked in are in LICENSES. The same sources give the same bytes:`,
    "`npm run pack:modules -- --out DIR` in k3s-lab's repository, at this version, makes this package again, and with",
    "other versions of the libraries that runc is linked with statically (libseccomp, the C library), too.",
    "",
  ].join("\n");
}
