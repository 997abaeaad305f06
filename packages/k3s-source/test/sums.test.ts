import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseSums, sumOf } from "../src/sums.js";

const test = suite("cluster sums");
const [a, b] = ["a".repeat(64), "b".repeat(64)];

test("a sum file is read as sha256sum writes it, in text and binary mode", () => {
  const sums = parseSums(`${a}  k3s\r\n${b} *./k3s-airgap-images-amd64.tar.zst\nnonsense\n`);
  assert.equal(
    [...sums],
    [
      ["k3s", a],
      ["k3s-airgap-images-amd64.tar.zst", b],
    ],
  );
});

test("a missing line is reported with the lines that exist", () => {
  assert.is(sumOf(parseSums(`${a}  k3s\n`), "k3s", "sums"), a);
  assert.throws(
    () => sumOf(parseSums(`${a}  k3s\n`), "k3s-arm64", "sums"),
    /^sums: has no line for k3s-arm64, seen: k3s\./,
  );
  assert.throws(() => sumOf(parseSums("<html>"), "k3s", "sums"), /seen: no sum at all/);
});

test.run();
