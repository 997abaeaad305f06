// In the words of Docker's API, as it says them while it pushes.
import type { PushMessage } from "@k3s-lab/docker";
import type { Extent } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { followPush } from "../src/push-by-docker.js";

const test = suite("registry push by Docker");

async function* said(messages: readonly PushMessage[]): AsyncGenerator<PushMessage> {
  yield* messages;
}

async function follow(messages: readonly PushMessage[]) {
  const reported: [message: string, extent?: Extent][] = [];
  const digest = await followPush("app:1", said(messages), (message, extent) =>
    reported.push(extent === undefined ? [message] : [message, extent]),
  );
  return { reported, digest };
}

const digest = `sha256:${"0a".repeat(32)}`;

test("bytes are told of each layer and of the image; what is there already has none; the digest comes last", async () => {
  const { reported, digest: found } = await follow([
    { status: "The push refers to repository [localhost:41873/app]" },
    { status: "Preparing", progressDetail: {}, id: "aaaaaaaaaaaa" },
    { status: "Preparing", progressDetail: {}, id: "bbbbbbbbbbbb" },
    { status: "Preparing", progressDetail: {}, id: "cccccccccccc" },
    { status: "Layer already exists", progressDetail: {}, id: "cccccccccccc" },
    { status: "Pushing", progressDetail: { current: 512, total: 20_000_000 }, id: "aaaaaaaaaaaa" },
    { status: "Pushing", progressDetail: { current: 512, total: 100 }, id: "bbbbbbbbbbbb" },
    { status: "Pushed", progressDetail: {}, id: "bbbbbbbbbbbb" },
    { status: "Pushing", progressDetail: { current: 20_000_256 }, id: "aaaaaaaaaaaa" },
    { status: "Pushed", progressDetail: {}, id: "aaaaaaaaaaaa" },
    { status: `1: digest: ${digest} size: 736` },
    { progressDetail: {}, aux: { Digest: digest } },
  ]);
  assert.is(found, digest);
  const layer = (id: string) => reported.filter(([message]) => message.includes(id));
  assert.equal(layer("c".repeat(12)), [["layer cccccccccccc is in the registry already"]]);
  const bytes = (of: string) => reported.flatMap(([, extent]) => (extent?.of === of ? [extent.done] : []));
  assert.equal(bytes(`layer ${"a".repeat(12)}`), [512, 20_000_000]);
  assert.equal(bytes("image").at(-1), 20_000_100);
  assert.equal(
    reported.filter(([, extent]) => extent === undefined).map(([message]) => message),
    [
      "The push refers to repository [localhost:41873/app]",
      "layer cccccccccccc is in the registry already",
      "copying layer aaaaaaaaaaaa",
      "copying layer bbbbbbbbbbbb",
      `1: digest: ${digest} size: 736`,
    ],
  );
});

test("a Docker that keeps its images in containerd tells the digest in words alone", async () => {
  // Docker 28.5.2 with "features": { "containerd-snapshotter": true }, the default of 29.
  const { digest: found } = await follow([
    { status: "The push refers to repository [localhost:21739/app]" },
    { status: "Layer already exists", progressDetail: {}, id: "a5b1d8ba684a" },
    { status: `9: digest: ${digest} size: 401` },
  ]);
  assert.is(found, digest);
});

test("what Docker complains of is the error", async () => {
  const failed = await follow([
    { status: "Preparing", progressDetail: {}, id: "aaaaaaaaaaaa" },
    { error: "dial tcp 127.0.0.1:41873: connect: connection refused" },
  ]).catch(String);
  assert.match(String(failed), /app:1: could not be pushed by Docker: dial tcp .* connection refused\. See whether/);
});

test.run();
