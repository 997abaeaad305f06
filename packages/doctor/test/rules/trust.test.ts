import { finds, seenBy } from "./expect.js";
import { survey } from "../fixtures/survey.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("doctor rules: proxies and authorities");

test("R35: a proxy that nodes go without is named, without its password", () => {
  const leftOut = [{ name: "HTTPS_PROXY" as const, url: "http://me:geheim@127.0.0.1:3128" }];
  const seen = survey({ proxies: { asked: "auto", noProxy: [], leftOut } });
  finds(seen, ["R35 HTTPS_PROXY"]);
  assert.equal(seenBy(seen, "R35"), ["http://[redacted]@127.0.0.1:3128, which is the host's own loopback"]);
});

test("R36: a file of the host's authorities that nodes cannot trust", () => {
  const unfitAuthorities = [{ file: "/usr/local/share/ca-certificates/old.crt", what: "expired on 2020-01-01 (Old)" }];
  finds(survey({ unfitAuthorities }), ["R36 /usr/local/share/ca-certificates/old.crt"]);
});

test.run();
