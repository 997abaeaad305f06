import { cpSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Program, takeLock } from "@k3s-lab/host";
import { type BuildOptions, BuildToolsMissing, GoMissing } from "@k3s-lab/k3s-from-modules";
import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hostArch } from "../src/arch.js";
import { buildRelease } from "../src/build-release.js";
import { arch, images, listen, makeRelease, refusal, type ReleaseFolder } from "./release-folder.js";

const test = suite<{ release: ReleaseFolder }>("cluster build of a release");
test.before.each((context) => {
  context.release = makeRelease();
  writeFileSync(join(context.release.dir, "VERSION"), "v1.34.4+modules\n");
});
test.after.each(({ release }) => release.remove());

/** A build that makes what the folder of the test holds. */
const building =
  ({ dir }: ReleaseFolder, log: (options: BuildOptions) => void = () => {}) =>
  async (options: BuildOptions): Promise<string> => {
    log(options);
    const made = join(options.cacheDir, "k3s-from-modules", "1-2");
    cpSync(dir, made, { recursive: true, preserveTimestamps: true });
    return made;
  };
const nothing = async () => {};
/** Nothing was built before. */
const find = async () => undefined;

test("what was built is read as a release of its own version", async ({ release }) => {
  const log = listen();
  const found = await buildRelease(
    arch,
    { install: "never", log },
    { build: building(release), find, ensure: nothing },
  );
  assert.is(found.source, "modules");
  assert.is(found.version, "v1.34.4+modules");
  assert.is(found.folder, join(release.cache, "k3s-from-modules", "1-2"));
  assert.equal(
    found.archives.map(({ name }) => name),
    [images],
  );
});

test("what is built already is not read again, whichever lab asks, until a file of it has changed", async ({
  release,
}) => {
  const builder = { build: building(release), find, ensure: nothing };
  const obtain = async () => {
    const log = listen();
    return { found: await buildRelease(arch, { install: "never", log }, builder), read: log.progressed.length > 0 };
  };
  const { found } = await obtain();
  assert.equal(await obtain(), { found, read: false });
  utimesSync(join(release.dir, images), new Date(), new Date());
  const again = await obtain();
  assert.is(again.read, true);
  assert.is(again.found.archives[0]?.sha256, found.archives[0]?.sha256);
  release.put(images, "another");
  assert.match(await refusal(obtain()), `${images}: has the wrong sha256`);
});

test("what is built already does not wait for another build", async ({ release }) => {
  const build = building(release);
  const context = { install: "never", log: listen() } as const;
  const first = await buildRelease(arch, context, { build, find, ensure: nothing });
  using _other = takeLock(join(release.cache, "k3s-from-modules", "lock"), "lab:fetch");
  const signal = AbortSignal.timeout(5000);
  const again = await buildRelease(
    arch,
    { ...context, signal },
    { build, find: async () => first.folder, ensure: nothing },
  );
  assert.equal(again, first);
});

test("progress tells packages of all, and the last of each part", async ({ release }) => {
  const log = listen();
  const build = building(release, ({ onProgress }) => {
    for (let done = 0; done <= 1890; done++) {
      onProgress?.({ part: "k3s", done, total: 1890 });
      // Built beside it.
      if (done < 300) onProgress?.({ part: "runc", done, total: 300 });
    }
    onProgress?.({ part: "pack", done: 3, total: 3 });
  });
  await buildRelease(arch, { install: "never", log }, { build, find, ensure: nothing });
  assert.ok(log.progressed.includes("1,890 of 1,890 packages of k3s"), log.progressed.join());
  assert.ok(log.progressed.includes("3 of 3 files packed"));
  assert.ok(log.progressed.length < 20);
  assert.equal(
    log.extents.filter(({ done, total }) => done === total),
    [
      { of: "k3s", done: 1890, total: 1890, unit: "packages" },
      { of: "pack", done: 3, total: 3, unit: "files" },
    ],
  );
});

test("the tools that a build lacks are installed where the host allows it, then it is built", async ({ release }) => {
  let lacking = true;
  const build = building(release, () => {
    if (lacking) throw new BuildToolsMissing(["gcc", "libseccomp-dev"]);
  });
  const asked: Program[] = [];
  const ensure = async (programs: readonly Program[]) => {
    asked.push(...programs);
    lacking = false;
  };
  await buildRelease(arch, { install: "auto", log: listen() }, { build, find, ensure });
  assert.equal(
    asked.map(({ name, package: from }) => [name, from]),
    [
      ["gcc", "gcc"],
      ["/usr/include/seccomp.h", "libseccomp-dev"],
    ],
  );
});

test("a missing Go, or tools that may not be installed, are exit code 3", async ({ release }) => {
  const refuse = (problem: Problem) => async () => {
    throw problem;
  };
  const lacks = new Problem("LAB-HST-004", "host", "lacks gcc");
  const cases = [
    { build: refuse(new GoMissing("1.26.0")), ensure: nothing, expected: /1\.26\.0 or newer is needed/ },
    { build: refuse(new BuildToolsMissing(["gcc"])), ensure: refuse(lacks), expected: /lacks gcc/ },
  ];
  for (const { expected, ...builder } of cases) {
    const error = await buildRelease(arch, { install: "never", log: listen() }, { ...builder, find }).catch(
      (e: unknown) => e,
    );
    assert.instance(error, Problem);
    assert.is((error as Problem).exitCode, 3);
    assert.match((error as Problem).message, expected);
  }
  assert.ok(release);
});

test("a processor that nothing can be built for is refused", async () => {
  const error = await buildRelease(hostArch("s390x"), { install: "never", log: listen() }).catch((e: unknown) => e);
  assert.match((error as Problem).message, "only for amd64 and arm64");
  assert.is((error as Problem).exitCode, 2);
});

test.run();
