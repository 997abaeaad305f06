import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type ReleaseServer, type ReleaseServerOptions, serveRelease } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sumsFile } from "../src/arch.js";
import { cachedRelease, downloadRelease } from "../src/download-release.js";
import type { Asked } from "../src/release.js";
import {
  arch,
  fakeK3s,
  imageArchive,
  images,
  listen,
  makeRelease,
  refusal,
  type ReleaseFolder,
  sha256,
  version,
} from "./release-folder.js";

interface Context {
  release: ReleaseFolder;
  /** Where a download of the binary lies. */
  binary: string;
}
const test = suite<Context>("cluster download of a release");
test.before.each((context) => {
  context.release = makeRelease();
  context.binary = join(context.release.cache, "releases", version, arch.name, arch.binary);
});
test.after.each(({ release }) => release.remove());

type Interfere = NonNullable<ReleaseServerOptions["interfere"]>;
const serve = ({ dir }: ReleaseFolder, interfere?: Interfere, prefix?: string) =>
  serveRelease({ dir, version, ...(interfere ? { interfere } : {}), ...(prefix ? { prefix } : {}) });
/** From the second request on; how much of what was sent before a cut arrives is the kernel's affair. */
const ranges = ({ requests }: ReleaseServer): string[] =>
  requests.slice(1, 4).map((request) => request.replace(/=\d{5,}-$/, "=N-"));
const asked = ({ baseUrl }: ReleaseServer): Asked => ({ source: "release", version, baseUrl });

/** Sends the first bytes of a file, then cuts the connection, so often. */
const cut =
  (dir: string, times: number, bytes = 1_000_000): Interfere =>
  (request, response, file) => {
    if (file !== arch.binary || times-- <= 0) return false;
    const content = readFileSync(join(dir, file));
    const start = Number(/^bytes=(\d+)/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const range = { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` };
    response.writeHead(start ? 206 : 200, { "content-length": content.length - start, ...(start ? range : {}) });
    response.write(content.subarray(start, start + bytes), () => response.destroy());
    return true;
  };

test("every file is fetched once, verified, and kept with its size and sum", async ({ release, binary }) => {
  await using server = await serve(release);
  const log = listen();
  const found = await downloadRelease(asked(server), arch, log);
  assert.is(found.version, version);
  assert.is(found.folder, join(release.cache, "releases", version, arch.name));
  assert.is(found.binary.sha256, sha256(fakeK3s()));
  assert.equal(
    found.archives.map(({ name }) => name),
    [images],
  );
  assert.is(readFileSync(binary, "utf8"), fakeK3s());
  assert.is(statSync(binary).mode & 0o777, 0o755);
  assert.ok(log.progressed.includes(`${arch.binary}: 4 of 4 MB, 100 %`), log.progressed.join());
  const last = log.extents.findLast(({ of }) => of === arch.binary);
  assert.equal(last, { of: arch.binary, done: found.binary.size, total: found.binary.size, unit: "bytes" });
  assert.equal(server.requests, [`GET ${sumsFile(arch)}`, `GET ${arch.binary}`, `GET ${images}`]);

  assert.equal(await downloadRelease(asked(server), arch, log), found);
  assert.is(server.requests.length, 3, "nothing is asked again");
  assert.equal(
    readdirSync(found.folder).toSorted(),
    ["complete.json", arch.binary, images, sumsFile(arch)]
      .toSorted()
      .filter((name) => existsSync(join(found.folder, name))),
  );
});

test("a mirror may have a path of its own", async ({ release }) => {
  await using server = await serve(release, undefined, "/mirrors/k3s%20releases");
  const { baseUrl } = server;
  assert.is(
    (await downloadRelease({ source: "release", version, baseUrl: `${baseUrl}/` }, arch, listen())).version,
    version,
  );
});

test("a connection that is cut is taken up where it was cut", async ({ release, binary }) => {
  await using server = await serve(release, cut(release.dir, 2));
  const log = listen();
  await downloadRelease(asked(server), arch, log);
  assert.is(readFileSync(binary, "utf8"), fakeK3s());
  assert.equal(ranges(server), [`GET ${arch.binary}`, `GET ${arch.binary} bytes=N-`, `GET ${arch.binary} bytes=N-`]);
  assert.ok(log.progressed.some((text) => text.startsWith(`${arch.binary}: trying again: `)));
});

test("what an interrupted run has left is gone on with by the next", async ({ release, binary }) => {
  await using server = await serve(release, cut(release.dir, 1, 1_500_000));
  const interruption = new AbortController();
  const log = { note: () => {}, progress: () => interruption.abort() };
  await refusal(downloadRelease(asked(server), arch, log, interruption.signal));
  const { size } = statSync(`${binary}.part`);
  assert.ok(size > 0);
  assert.not(existsSync(join(binary, "../lock")));
  await downloadRelease(asked(server), arch, listen());
  assert.is(server.requests.at(-2), `GET ${arch.binary} bytes=${size}-`);
  assert.is(readFileSync(binary, "utf8"), fakeK3s());
});

test("a server that knows no ranges begins again", async ({ release, binary }) => {
  const first = cut(release.dir, 1);
  await using server = await serve(release, (request, response, file) => {
    delete request.headers.range;
    return first(request, response, file);
  });
  await downloadRelease(asked(server), arch, listen());
  assert.is(readFileSync(binary, "utf8"), fakeK3s());
});

test("another part than the one that was asked for is not taken for it", async ({ release, binary }) => {
  const first = cut(release.dir, 1);
  let lies = 1;
  await using server = await serve(release, (request, response, file) => {
    if (first(request, response, file)) return true;
    if (file !== arch.binary || lies-- <= 0) return false;
    response.writeHead(206, { "content-range": "bytes 0-9/10" }).end("0123456789");
    return true;
  });
  const log = listen();
  await downloadRelease(asked(server), arch, log);
  assert.match(log.progressed.join(), "answered with another part of the file (bytes 0-9/10)");
  assert.is(readFileSync(binary, "utf8"), fakeK3s());
});

test("a file that changed meanwhile is fetched as a whole", async ({ release, binary }) => {
  await using server = await serve(release, cut(release.dir, 1));
  const before = fakeK3s("v1.0.0+old");
  release.put(arch.binary, before, 0o755);
  // Its sums are of the new one already, as a mirror's in the middle of its work.
  const log = {
    note: () => {},
    progress: (text: string) => {
      if (text.includes("trying again")) release.put(arch.binary, fakeK3s(), 0o755);
    },
  };
  await downloadRelease(asked(server), arch, log);
  assert.is(readFileSync(binary, "utf8"), fakeK3s());
  assert.equal(ranges(server), [`GET ${arch.binary}`, `GET ${arch.binary} bytes=N-`, `GET ${arch.binary}`]);
});

test("more than the file that an earlier run has left is thrown away", async ({ release, binary }) => {
  await using server = await serve(release);
  const { folder } = await downloadRelease(asked(server), arch, listen());
  rmSync(join(folder, "complete.json"));
  rmSync(binary);
  writeFileSync(`${binary}.part`, `${fakeK3s()}and more`);
  await downloadRelease(asked(server), arch, listen());
  assert.is(readFileSync(binary, "utf8"), fakeK3s());
});

test("a wrong sum is an error, and nothing of the file is kept", async ({ release, binary }) => {
  await using server = await serve(release);
  release.put(arch.binary, fakeK3s("v6.6.6"), 0o755);
  const message = await refusal(downloadRelease(asked(server), arch, listen()));
  assert.match(message, `${server.baseUrl}/v1.34.4%2Bk3s1/${arch.binary}: has the wrong sha256`);
  assert.match(message, `expected ${sha256(fakeK3s())}, seen ${sha256(fakeK3s("v6.6.6"))}`);
  assert.not(existsSync(binary));
  assert.not(existsSync(`${binary}.part`));
});

test("a connection that is always cut is given up on, with what was reached kept", async ({ release, binary }) => {
  // After the first million nothing more ever comes.
  const first = cut(release.dir, 1);
  await using server = await serve(release, (request, response, file) => {
    if (first(request, response, file)) return true;
    if (file !== arch.binary) return false;
    response.destroy();
    return true;
  });
  const message = await refusal(downloadRelease(asked(server), arch, listen()));
  assert.match(message, /was cut after \d+ bytes and cannot be taken up again/);
  assert.match(message, "it continues where it stopped");
  assert.ok(statSync(`${binary}.part`).size > 500_000);
});

test("a version that does not exist is reported at once", async ({ release }) => {
  await using server = await serve(release);
  const wanted = { ...asked(server), version: "v1.99.0+k3s1" };
  const message = await refusal(downloadRelease(wanted, arch, listen()));
  assert.match(message, `v1.99.0%2Bk3s1/${sumsFile(arch)}: does not exist (HTTP 404 Not Found)`);
  assert.match(message, "cluster.version");
});

test("a server that stumbles is asked again, one that refuses is not", async ({ release }) => {
  let stumbles = 2;
  await using server = await serve(release, (_, response) => {
    if (stumbles-- <= 0) return false;
    response.writeHead(503).end();
    return true;
  });
  await downloadRelease(asked(server), arch, listen());
  await using refusing = await serve(release, (_, response) => {
    response.writeHead(403, "Forbidden").end();
    return true;
  });
  rmSync(release.cache, { recursive: true });
  assert.match(await refusal(downloadRelease(asked(refusing), arch, listen())), "was refused (HTTP 403 Forbidden)");
  assert.is(refusing.requests.length, 1);
});

test("an archive is taken in its smallest form, and a release without it is still one", async ({ release }) => {
  const packed = `${images}.gz`;
  release.put(packed, imageArchive("a:1"));
  release.sum(arch.binary, images, packed);
  await using server = await serve(release);
  const found = await downloadRelease(asked(server), arch, listen());
  assert.equal(
    found.archives.map(({ name }) => name),
    [packed],
  );

  rmSync(release.cache, { recursive: true });
  rmSync(join(release.dir, packed));
  const log = listen();
  assert.equal((await downloadRelease(asked(server), arch, log)).archives, []);
  assert.match(log.notes.join(), `going on without ${packed}`);
});

test("an archive comes as it is, also where a server calls it an encoding", async ({ release }) => {
  await using server = await serve(release, (request, response, file) => {
    if (request.headers["accept-encoding"] !== "identity") response.setHeader("content-encoding", "gzip");
    return file === "";
  });
  assert.is((await downloadRelease(asked(server), arch, listen())).archives.length, 1);
});

test("two downloads at the same time share one", async ({ release }) => {
  await using server = await serve(release);
  const log = listen();
  const both = await Promise.all([
    downloadRelease(asked(server), arch, log),
    downloadRelease(asked(server), arch, log),
  ]);
  assert.equal(both[0], both[1]);
  assert.is(server.requests.length, 3);
  assert.match(log.notes.join(), "waiting for another command");
});

test("a file that was touched in the cache is verified again, and fetched if it is damaged", async ({
  release,
  binary,
}) => {
  await using server = await serve(release);
  const wanted = asked(server);
  await downloadRelease(wanted, arch, listen());
  utimesSync(binary, 1, 1);
  assert.is(await cachedRelease(wanted, arch), undefined);
  await downloadRelease(wanted, arch, listen());
  assert.equal(server.requests.slice(3), [`GET ${sumsFile(arch)}`], "only the sums");
  const { atime, mtime } = statSync(binary);
  truncateSync(binary, 100);
  utimesSync(binary, atime, mtime);
  await downloadRelease(wanted, arch, listen());
  assert.is(readFileSync(binary, "utf8"), fakeK3s());
});

test.run();
