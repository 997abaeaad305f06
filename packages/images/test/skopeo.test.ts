import { suite } from "uvu";
import * as assert from "uvu/assert";
import { complaintOf, copyArgs, progressOf, pushArgs, withoutProxy } from "../src/skopeo.js";

const test = suite("registry skopeo");

test("pushes to plain HTTP without credentials", () => {
  const copy = { source: "oci:/x", destination: "docker://10.76.0.10:5000/x:1", digestFile: "/d" };
  const args = pushArgs(copy);
  assert.equal(args.slice(-2), [copy.source, copy.destination]);
  for (const flag of ["--dest-tls-verify=false", "--dest-no-creds", "--digestfile=/d", "--remove-signatures"]) {
    assert.ok(args.includes(flag), flag);
  }
  assert.not(args.includes("--src-tls-verify=false"));
});

test("copies from where it is told, as it is told", () => {
  const args = copyArgs({ source: "a", destination: "b", plainSource: true, dockerHost: "tcp://x" });
  assert.ok(args.includes("--src-tls-verify=false") && args.includes("--src-daemon-host=tcp://x"));
  assert.ok(args.indexOf("--insecure-policy") < args.indexOf("copy"), "an option of skopeo, not of copy");
});

test("the lab is never asked of a proxy", () => {
  assert.equal(withoutProxy("10.76.0.10", {}), { NO_PROXY: "10.76.0.10", no_proxy: "10.76.0.10" });
  const both = withoutProxy("10.76.0.10", { NO_PROXY: "a", no_proxy: "b", HTTP_PROXY: "http://p" });
  assert.equal(both, { NO_PROXY: "a,b,10.76.0.10", no_proxy: "a,b,10.76.0.10" });
});

test("its lines become progress, or nothing", () => {
  assert.is(progressOf(`Copying blob sha256:${"a".repeat(64)}`), "copying layer aaaaaaaaaaaa");
  assert.is(progressOf(`Copying config ${"b".repeat(64)}`), "copying configuration bbbbbbbbbbbb");
  assert.is(progressOf("Writing manifest to image destination"), "writing manifest");
  assert.is(progressOf("Getting image source signatures"), undefined);
});

test("its complaint is the sentence in its log line", () => {
  assert.is(complaintOf('time="x" level=fatal msg="reading \\"a\\": no"\n'), 'reading "a": no');
  assert.is(complaintOf("one\ntwo\n"), "two");
  assert.is(complaintOf(""), "skopeo said nothing");
});

test.run();
