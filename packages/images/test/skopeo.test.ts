import { suite } from "uvu";
import * as assert from "uvu/assert";
import { complaintOf, copyArgs, plainDestination, withoutProxy } from "../src/skopeo.js";

const test = suite("images skopeo");

test("a copy ends in what is copied, and where to; its flags are options of copy", () => {
  const args = copyArgs({ source: "oci:/x", destination: "docker://10.76.0.10:5000/x:1", flags: plainDestination });
  assert.equal(args.slice(-2), ["oci:/x", "docker://10.76.0.10:5000/x:1"]);
  const at = args.indexOf("copy");
  assert.ok(args.indexOf("--insecure-policy") < at, "an option of skopeo, not of copy");
  for (const flag of ["--dest-tls-verify=false", "--dest-no-creds", "--remove-signatures"]) {
    assert.ok(args.indexOf(flag) > at, flag);
  }
  assert.not(args.includes("--src-tls-verify=false"));
});

test("the lab is never asked of a proxy", () => {
  assert.equal(withoutProxy("10.76.0.10", {}), { NO_PROXY: "10.76.0.10", no_proxy: "10.76.0.10" });
  const both = withoutProxy("10.76.0.10", { NO_PROXY: "a", no_proxy: "b", HTTP_PROXY: "http://p" });
  assert.equal(both, { NO_PROXY: "a,b,10.76.0.10", no_proxy: "a,b,10.76.0.10" });
});

test("its complaint is the sentence in its log line", () => {
  assert.is(complaintOf('time="x" level=fatal msg="reading \\"a\\": no"\n'), 'reading "a": no');
  assert.is(complaintOf("one\ntwo\n"), "two");
  assert.is(complaintOf(""), "skopeo printed nothing");
});

test.run();
