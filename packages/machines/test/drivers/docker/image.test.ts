import { CommandFailed } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { notMade } from "../../../src/drivers/docker/image.js";

const test = suite("machines docker image");

const failed = (...printed: readonly string[]) =>
  notMade("debian:bookworm-slim", new CommandFailed("docker", "failed", printed.join("\n"), 125), "Check the base.")
    .message;

test("why an image could not be made is told by Docker's own line, and not by the one that names its help", () => {
  // Docker 20.10 without a network, and 28 without the helper that its configuration names.
  assert.match(
    failed(
      "Unable to find image 'debian:bookworm-slim' locally",
      'docker: Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host.',
      "See 'docker run --help'.",
    ),
    /could not be made from debian:bookworm-slim: Get "https:\/\/registry-1\.docker\.io\/v2\/": dial tcp: lookup registry-1\.docker\.io: no such host\. Check the base\./,
  );
  assert.match(
    failed(
      'docker: error getting credentials - err: exec: "docker-credential-desktop": executable file not found in $PATH, out: ``',
      "",
      "Run 'docker run --help' for more information",
    ),
    "debian:bookworm-slim: error getting credentials",
  );
});

test("what a program in the container says last is told, and a full disk with where room is needed", () => {
  assert.match(
    failed("W: a warning", "E: Unable to locate package nftables"),
    "slim: E: Unable to locate package nftables. Check",
  );
  assert.match(
    failed("Error response from daemon: write /usr/bin/x: no space left on device"),
    "Make room where Docker keeps",
  );
});

test.run();
