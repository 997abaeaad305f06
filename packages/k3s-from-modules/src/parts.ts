import type { Arch } from "./release.js";

/** One `go build`: a module, the main packages taken from it, and how. */
export interface Part {
  readonly name: string;
  readonly module: string;
  readonly packages: readonly string[];
  /** Below the work directory: a file, or a directory where it ends in a slash. */
  readonly output: string;
  readonly tags?: string | undefined;
  readonly linker?: readonly string[];
  readonly cgo?: boolean;
  /** Runs on this machine, whatever is built for. */
  readonly native?: boolean;
}

export interface Versions {
  readonly kubernetes: string;
  readonly containerd: string;
  readonly metrics: string;
  readonly runc: string;
  readonly sources: string;
}

/** One set of tags for build, vet and test: another would compile nearly everything again. */
export const tags = "nri_no_wasm,no_btrfs,no_zfs,no_devmapper";

const component = "k8s.io/component-base/version";
const plugins = "github.com/containernetworking/plugins/plugins";

export function parts(versions: Versions): readonly Part[] {
  const [major, minor] = versions.kubernetes.replace(/^v/, "").split(".");
  return [
    {
      name: "k3s",
      module: "k3s",
      packages: [
        ".",
        "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
        ...["main/bridge", "main/loopback", "ipam/host-local", "meta/portmap", "meta/bandwidth"].map(
          (plugin) => `${plugins}/${plugin}`,
        ),
      ],
      output: "bin/",
      tags,
      linker: [
        `-X main.sources=${versions.sources}`,
        `-X ${component}.gitVersion=${versions.kubernetes}`,
        `-X ${component}.gitMajor=${major}`,
        `-X ${component}.gitMinor=${minor}`,
        `-X ${component}.gitTreeState=clean`,
        `-X github.com/containerd/containerd/v2/version.Version=${versions.containerd}`,
      ],
    },
    {
      name: "metrics-server",
      module: "k3s",
      packages: ["sigs.k8s.io/metrics-server/cmd/metrics-server"],
      output: "images/metrics-server",
      tags,
      linker: [`-X k8s.io/client-go/pkg/version.gitVersion=${versions.metrics}`],
    },
    { name: "coredns", module: "coredns", packages: ["."], output: "images/coredns" },
    { name: "registry", module: "registry", packages: ["."], output: "images/registry" },
    {
      name: "runc",
      module: "runc",
      packages: ["github.com/opencontainers/runc"],
      output: "bin/runc",
      tags: "seccomp,netgo,osusergo",
      linker: ["-extldflags -static", `-X main.version=${versions.runc.replace(/^v/, "")}`],
      cgo: true,
    },
    { name: "pause", module: "pause", packages: ["."], output: "images/pause" },
    { name: "launcher", module: "launcher", packages: ["."], output: "launcher" },
    { name: "pack", module: "pack", packages: ["."], output: "pack", native: true },
  ];
}

/** The directories that the parts are built from. */
export const modules: readonly string[] = [
  ...new Set(parts({ kubernetes: "", containerd: "", metrics: "", runc: "", sources: "" }).map(({ module }) => module)),
];

/**
 * How everything is compiled, vetted and tested: Go's cache serves no other flags. Without the data of debuggers, which
 * linking leaves out in any case, compiling takes a tenth less; traces of panics have their lines all the same.
 */
export const compiling: readonly string[] = ["-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false"];

/** Neither paths, commits nor build ids: the same sources give the same bytes. */
export function reproducible(part: Pick<Part, "tags" | "linker"> = {}): readonly string[] {
  const linker = ["-s -w -buildid=", ...(part.linker ?? [])].join(" ");
  return [...compiling, ...(part.tags ? ["-tags", part.tags] : []), "-ldflags", linker];
}

export function buildArgs(part: Part, work: string): readonly string[] {
  return ["build", "-v", ...reproducible(part), "-o", `${work}/${part.output}`, ...part.packages];
}

/** Lists the packages of which a part is made, by a template for each. */
export function listArgs(part: Part, format: string): readonly string[] {
  return ["list", "-deps", ...reproducible(part), "-f", format, ...part.packages];
}

/** Lists what `buildArgs` would compile. */
export function staleArgs(part: Part): readonly string[] {
  return listArgs(part, "{{if .Stale}}{{.ImportPath}}{{end}}");
}

export function buildEnv(part: Part, arch: Arch, offline: boolean): Record<string, string> {
  return {
    CGO_ENABLED: part.cgo ? "1" : "0",
    GOWORK: "off",
    ...(part.native ? {} : { GOOS: "linux", GOARCH: arch }),
    ...(offline ? { GOPROXY: "off" } : {}),
  };
}
