import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { type AsCaller, isInstalled } from "@k3s-lab/host";
import { fullName } from "../reference.js";
import { type ImageStore, ofUser, patience, storeProblem } from "./store.js";

const usualAddresses = ["/run/containerd/containerd.sock", "/run/k3s/containerd/containerd.sock"];
/** Where images are kept: by `ctr` and nerdctl by default, and by Kubernetes. For Docker's own, Docker is asked. */
const usualNamespaces = ["default", "k8s.io"];

/**
 * Opens the namespaces of every containerd on this host, by ctr for root, and by nerdctl for others; under sudo the caller's own,
 * rootless one first, which `as` reaches.
 */
export function containerdStores(env: NodeJS.ProcessEnv, as?: AsCaller): readonly ImageStore[] {
  const namespaces = env.CONTAINERD_NAMESPACE ? [env.CONTAINERD_NAMESPACE] : usualNamespaces;
  const hasNerdctl = isInstalled("nerdctl", env);
  const open = process.getuid?.() === 0 && isInstalled("ctr", env) ? ctrStore : hasNerdctl ? nerdctlStore : undefined;
  if (open === undefined) return [];
  const every = (places: readonly Omit<Place, "namespace">[], opener: typeof ctrStore) =>
    places.flatMap((place) => namespaces.map((namespace) => opener({ ...place, namespace })));
  if (env.CONTAINERD_ADDRESS) return every([{ address: env.CONTAINERD_ADDRESS }], open);
  // A rootless containerd has no usual address: nerdctl finds it by this folder of its user's session.
  const isRootless = existsSync(join((as?.env ?? env).XDG_RUNTIME_DIR || "/nowhere", "containerd-rootless"));
  const rootless = isRootless && hasNerdctl ? every([{ address: undefined, as }], nerdctlStore) : [];
  if (rootless.length > 0 && as === undefined) return rootless;
  const addresses = usualAddresses.filter((path) => existsSync(path));
  const others = addresses.length === 0 && open === nerdctlStore && as === undefined ? [undefined] : addresses;
  return [
    ...rootless,
    ...every(
      others.map((address) => ({ address })),
      open,
    ),
  ];
}

interface Place {
  readonly address: string | undefined;
  readonly namespace: string;
  /** The user whose containerd it is. Default: this process'. */
  readonly as?: AsCaller | undefined;
}

function titleOf({ address, namespace, as }: Place): string {
  return `containerd${ofUser(as)}${address === undefined ? "" : ` at ${address}`}, namespace ${namespace}`;
}

function ctrStore(place: Place): ImageStore {
  const where = ["--address", place.address ?? "", "--namespace", place.namespace, "images"];
  return {
    title: titleOf(place),
    transport: "containerd",
    async find(name, signal) {
      const list = [...where, "list", `name==${fullName(name)}`];
      const { stdout } = await asked(place, run("ctr", list, { signal, timeout: patience.answer }));
      // REF, TYPE, DIGEST, ...
      return stdout.split("\n")[1]?.split(/\s+/)[2];
    },
    async save(name, archive, { allPlatforms, signal }) {
      const all = allPlatforms ? ["--all-platforms"] : [];
      await run("ctr", [...where, "export", ...all, archive, fullName(name)], { signal, timeout: patience.save });
    },
  };
}

function nerdctlStore(place: Place): ImageStore {
  const address = place.address === undefined ? [] : ["--address", place.address];
  const where = [...address, "--namespace", place.namespace];
  return {
    title: titleOf(place),
    transport: "containerd",
    async find(name, signal) {
      const list = [...where, "images", "--quiet", "--no-trunc", fullName(name)];
      const { stdout } = await asked(place, run("nerdctl", list, { ...place.as, signal, timeout: patience.answer }));
      return stdout.split("\n")[0] || undefined;
    },
    async save(name, archive, { allPlatforms, signal }) {
      const all = allPlatforms ? ["--all-platforms"] : [];
      // Through this process' hands: another user may not write into root's folder.
      const options = { ...place.as, signal, timeout: patience.save, outputFile: archive };
      await run("nerdctl", [...where, "save", ...all, fullName(name)], options);
    },
  };
}

async function asked<Value>(place: Place, answer: Promise<Value>): Promise<Value> {
  return await answer.catch((cause: unknown) => {
    throw storeProblem(titleOf(place), `cannot be asked: ${String(cause)}`, "Check that containerd runs.", cause);
  });
}
