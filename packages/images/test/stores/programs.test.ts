import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asCaller } from "@k3s-lab/host";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { containerdStores } from "../../src/stores/containerd.js";
import { imageStores } from "../../src/stores/index.js";
import { podmanStores } from "../../src/stores/podman.js";

const test = suite<{ dir: string; env: NodeJS.ProcessEnv; put: (name: string, script: string) => void }>(
  "images of programs",
);
const { PATH: path } = process.env;
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-stores-"));
  context.put = (name, script) => {
    writeFileSync(join(context.dir, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(context.dir, name), 0o755);
  };
  process.env.PATH = `${context.dir}:/usr/bin:/bin`;
  context.env = { PATH: context.dir, HOME: context.dir };
});
test.after.each(({ dir }) => {
  process.env.PATH = path;
  rmSync(dir, { recursive: true });
});

test("Podman is asked by its own program, and tells what it does not know by Podman 5's words", async ({
  dir,
  env,
  put,
}) => {
  put(
    "podman",
    `case "$1 $2" in
"image inspect") [ "$5" = app:1 ] && echo 53aa || { echo "Error: $5: image not known" >&2; exit 125; };;
"save --quiet") printf "%s" "$*";;
"manifest exists") [ "$3" = list:1 ];;
"manifest push") echo "$*" >"\${6#oci-archive:}";;
esac`,
  );
  const [store, ...others] = imageStores("containers-storage", env);
  if (store === undefined) return assert.unreachable("Podman is installed");
  assert.is(others.length, 0);
  assert.is(await store.find("app:1"), "sha256:53aa");
  assert.is(await store.find("app:2"), undefined);
  await store.save("app:1", join(dir, "one"), { allPlatforms: true });
  assert.is(readFileSync(join(dir, "one"), "utf8"), "save --quiet --format docker-archive app:1");
  await store.save("list:1", join(dir, "list"), { allPlatforms: true });
  assert.match(readFileSync(join(dir, "list"), "utf8"), /^manifest push --quiet --all list:1 oci-archive:/);
  put("podman", "echo 'Error: cannot connect to Podman' >&2; exit 125");
  const failed = await store.find("app:1").catch((error: Error) => error.message);
  assert.match(String(failed), "Podman: cannot be asked: Error: cannot connect to Podman. Check that");
});

const rootTest = process.getuid?.() === 0 ? test : test.skip;

rootTest("under sudo, the caller's own Podman comes before root's", async ({ dir, env, put }) => {
  chmodSync(dir, 0o755);
  put("podman", `[ "$1" = image ] && id -u || echo "$HOME"`);
  const stores = imageStores("containers-storage", { ...env, SUDO_UID: "1", SUDO_GID: "1" });
  assert.equal(
    stores.map(({ title }) => title),
    ["Podman of user 1", "Podman"],
  );
  assert.equal(await Promise.all(stores.map((store) => store.find("app:1"))), ["sha256:1", "sha256:0"]);
  // Root's folder is closed to the caller, whose Podman writes the archive through root's hands.
  await stores[0]?.save("app:1", join(dir, "saved"), { allPlatforms: false });
  const [, home] = /^daemon:.*:(.*):[^:]*$/m.exec(readFileSync("/etc/passwd", "utf8")) ?? [];
  assert.is(readFileSync(join(dir, "saved"), "utf8").trim(), home);
});

rootTest(
  "under sudo, a list of the caller's Podman goes through a folder of the caller's, which is removed",
  async ({ dir, env, put }) => {
    chmodSync(dir, 0o755);
    const [temporary, scratch] = [join(dir, "tmp"), join(dir, "scratch")];
    mkdirSync(temporary);
    chmodSync(temporary, 0o1777);
    mkdirSync(scratch, { mode: 0o700 });
    put("podman", `case "$2" in exists) ;; *) { id -u; echo "$*"; } >"\${6#oci-archive:}";; esac`);
    const [store] = imageStores("containers-storage", { ...env, TMPDIR: temporary, SUDO_UID: "1", SUDO_GID: "1" });
    await store?.save("list:1", join(scratch, "saved.tar"), { allPlatforms: true });
    assert.match(
      readFileSync(join(scratch, "saved.tar"), "utf8"),
      /^1\nmanifest push --quiet --all list:1 oci-archive:/,
    );
    assert.is(statSync(join(scratch, "saved.tar")).uid, 0);
    assert.equal(readdirSync(temporary), []);
  },
);

test("without Podman, skopeo reads what Buildah has left, which has no registry either", async ({ dir, env, put }) => {
  put("skopeo", `case "$*" in *containers-storage:localhost/app:1*) printf '{}';; *) exit 1;; esac`);
  const [store] = imageStores("containers-storage", { ...env, CONTAINERS_STORAGE_CONF: "/x.conf" });
  if (store === undefined) return assert.unreachable("skopeo is installed");
  const ofTwoBraces = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
  assert.is(await store.find("app:1"), ofTwoBraces);
  assert.is(await store.find("app:2"), undefined);
  put("skopeo", `printf '%s' "$*" >>${dir}/asked`);
  await store.save("app:1", join(dir, "x"), { allPlatforms: true });
  assert.match(
    readFileSync(join(dir, "asked"), "utf8"),
    `--all containers-storage:localhost/app:1 oci-archive:${dir}/x`,
  );
});

test("containerd's namespaces are asked by nerdctl, and for root by ctr, whose list is containerd 1.7's", async ({
  dir,
  env,
  put,
}) => {
  const address = { ...env, CONTAINERD_ADDRESS: "/x.sock" };
  put("nerdctl", `case "$*" in *save*) echo "$*";; *default*) ;; *) echo sha256:a;; esac`);
  const stores = imageStores("containerd", address);
  assert.equal(
    stores.map(({ title }) => title),
    ["containerd at /x.sock, namespace default", "containerd at /x.sock, namespace k8s.io"],
  );
  assert.equal(await Promise.all(stores.map((store) => store.find("app:1"))), [undefined, "sha256:a"]);
  await stores[1]?.save("app:1", join(dir, "x"), { allPlatforms: false });
  assert.is(
    readFileSync(join(dir, "x"), "utf8").trim(),
    "--address /x.sock --namespace k8s.io save docker.io/library/app:1",
  );
  if (process.getuid?.() !== 0) return;
  put(
    "ctr",
    `echo "REF             TYPE                                       DIGEST        SIZE"
case "$*" in *name==docker.io/library/app:1) echo "docker.io/library/app:1 application/vnd.oci.image.manifest.v1+json sha256:b 1.3 KiB linux/amd64 -";; esac`,
  );
  const [byCtr] = imageStores("containerd", { ...address, CONTAINERD_NAMESPACE: "k8s.io" });
  assert.is(await byCtr?.find("app:1"), "sha256:b");
  assert.is(await byCtr?.find("app:2"), undefined);
});

test("a rootless containerd is found by its user's session, whatever Docker's own is", ({ dir, env, put }) => {
  put("nerdctl", "");
  const titles = (more: NodeJS.ProcessEnv) => containerdStores({ ...env, ...more }).map(({ title }) => title);
  const session = join(dir, "session");
  mkdirSync(join(session, "containerd-rootless"), { recursive: true });
  const own = ["containerd, namespace default", "containerd, namespace k8s.io"];
  assert.equal(titles({ XDG_RUNTIME_DIR: session }), own);
  assert.equal(titles({ XDG_RUNTIME_DIR: session, CONTAINERD_ADDRESS: "/x", CONTAINERD_NAMESPACE: "n" }), [
    "containerd at /x, namespace n",
  ]);
});

rootTest(
  "under sudo, the caller's own containerd comes first, and writes through root's hands",
  async ({ dir, env, put }) => {
    chmodSync(dir, 0o755);
    mkdirSync(join(dir, "1/containerd-rootless"), { recursive: true });
    const scratch = join(dir, "scratch");
    mkdirSync(scratch, { mode: 0o700 });
    put("nerdctl", `case "$*" in *save*) echo "$(id -u) $XDG_RUNTIME_DIR $*";; *) echo sha256:a;; esac`);
    const as = asCaller({ uid: 1, gid: 1, home: dir, isRoot: true }, dir);
    const [store] = containerdStores({ ...env, CONTAINERD_NAMESPACE: "default" }, as);
    assert.is(store?.title, "containerd of user 1, namespace default");
    assert.is(await store?.find("app:1"), "sha256:a");
    await store?.save("app:1", join(scratch, "saved.tar"), { allPlatforms: false });
    const saved = `1 ${dir}/1 --namespace default save docker.io/library/app:1`;
    assert.is(readFileSync(join(scratch, "saved.tar"), "utf8").trim(), saved);
  },
);

rootTest("under sudo, what the caller's own Buildah has built is read as the caller", async ({ dir, env, put }) => {
  chmodSync(dir, 0o755);
  const [temporary, scratch] = [join(dir, "tmp"), join(dir, "scratch")];
  mkdirSync(temporary);
  chmodSync(temporary, 0o1777);
  mkdirSync(scratch, { mode: 0o700 });
  put(
    "skopeo",
    `case "$*" in
*inspect*containers-storage:localhost/app:1*) printf '{}';;
*copy*) for last; do :; done; { id -u; echo "$HOME $*"; } >"\${last#oci-archive:}";;
*) exit 1;;
esac`,
  );
  const who = { uid: 1, gid: 1, home: join(dir, "home"), isRoot: true };
  const at = { ...env, TMPDIR: temporary };
  const titles = () => podmanStores(who, at).map(({ title }) => title);
  // skopeo would make a storage where there is none.
  assert.not(titles().join().includes("of user 1"));
  mkdirSync(join(who.home, ".local/share/containers/storage"), { recursive: true });
  assert.is(titles()[0], "Podman's and Buildah's storage of user 1");
  const [store] = podmanStores(who, at);
  assert.match(String(await store?.find("app:1")), /^sha256:44136fa3/);
  assert.is(await store?.find("app:2"), undefined);
  await store?.save("app:1", join(scratch, "saved.tar"), { allPlatforms: false });
  const saved = readFileSync(join(scratch, "saved.tar"), "utf8");
  assert.ok(saved.startsWith(`1\n${who.home} `) && saved.includes("containers-storage:localhost/app:1 "), saved);
  assert.is(statSync(join(scratch, "saved.tar")).uid, 0);
  assert.equal(readdirSync(temporary), []);
});

test("Docker is among them where something names it", ({ env }) => {
  const titles = (more: NodeJS.ProcessEnv) => imageStores(undefined, { ...env, ...more }).map(({ title }) => title);
  assert.ok(titles({ DOCKER_HOST: "tcp://x:2375" }).includes("Docker at tcp://x:2375"));
  assert.is(imageStores("docker-daemon", { ...env, DOCKER_CONFIG: "/nowhere" }).length, 1);
});

test("a Docker whose endpoint cannot be read is one that does not answer, and the others are asked", async ({
  dir,
  env,
  put,
}) => {
  put("podman", "echo 53aa");
  for (const [named, why] of [
    [{ DOCKER_CONTEXT: "gone" }, /^docker's context gone: is missing/],
    [{ DOCKER_HOST: "tcp://far:2376", DOCKER_TLS_VERIFY: "1" }, /^DOCKER_TLS_VERIFY: asks for TLS/],
  ] as const) {
    const at = { ...env, DOCKER_CONFIG: join(dir, "docker"), ...named };
    const stores = imageStores(undefined, at);
    assert.equal(
      stores.map(({ title }) => title),
      ["Docker", "Podman"],
    );
    const answers = await Promise.allSettled(stores.map((store) => store.find("app:1")));
    assert.match(String((answers[0] as PromiseRejectedResult).reason.message), why);
    assert.equal(answers[1], { status: "fulfilled", value: "sha256:53aa" });
    const [asked, ...others] = imageStores("docker-daemon", at);
    assert.is(others.length, 0);
    assert.match(String(await asked?.find("app:1").catch((error: Error) => error.message)), why);
  }
});

test.run();
