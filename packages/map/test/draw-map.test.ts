import { createHash } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { drawMap } from "../src/index.js";
import { absent, broken, healthy, hostile, looping, withVif } from "./fixtures/labs.js";

const test = suite("map: page and picture");

test("the page is whole in itself: it names no other file, and its policy forbids one", async () => {
  const { page, svg } = await drawMap(withVif(healthy));
  const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1] ?? "";
  assert.match(policy, /^default-src 'none';/);
  for (const [tag, directive] of [
    ["style", "style-src"],
    ["script", "script-src"],
  ]) {
    const blocks = [...page.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, "g"))].map(([, text = ""]) => text);
    assert.is(blocks.length, 1, tag);
    const hash = createHash("sha256").update(blocks[0]!).digest("base64");
    assert.ok(policy.includes(`${directive} 'sha256-${hash}'`), tag);
  }
  // The script reads and writes attributes by their names.
  for (const text of [page.replace(/<script>[\s\S]*<\/script>/, ""), svg]) {
    assert.not.match(text, /\b(src|xlink:href|href)="(?!#|data:,)/);
    assert.not.match(text, /\bstyle="|\bon\w+="|url\((?!#)|@import/);
  }
});

test("names from outside stay text", async () => {
  const { page, svg } = await drawMap(hostile);
  for (const text of [page, svg]) {
    assert.not.match(text, /<img|<script>alert|<b>/);
    assert.match(text, /&lt;\/title&gt;&lt;script&gt;/);
  }
});

test("the picture tells its name, when it was observed, what is wrong, and one way", async () => {
  const { svg } = await drawMap(looping);
  assert.match(svg, /<title id="map-title">Lab demo: degraded<\/title>/);
  assert.match(svg, /observed 2026-11-30 16:42:07 UTC/);
  assert.match(svg, /<desc[^>]*>[^<]*A request loops/);
  assert.is([...svg.matchAll(/class="way loops" data-way="host-unserved"/g)].length, 2);
  assert.match(svg, /class="cross"|class="stop looped"/);
  assert.not.match(svg, /<a /);
});

test("the page lists every box with its condition, and every way with its steps", async () => {
  const { page, faults } = await drawMap(broken);
  assert.match(page, /<th scope="row">agent2<\/th><td>node<\/td><td class="bad">stopped<\/td>/);
  assert.match(page, /<th scope="row">Node guard of agent1<\/th><td>guard<\/td><td class="ok">rejected 3<\/td>/);
  assert.is([...page.matchAll(/<section class="steps"/g)].length, 5);
  assert.equal(faults, ["Node agent2 is not Ready: its kubelet has not reported for 3 minutes."]);
  assert.match(page, /<ul class="faults"[^>]*><li>Node agent2 is not Ready/);
});

test("without a lab, no ways are offered, and nothing is called wrong", async () => {
  const { page } = await drawMap(absent);
  assert.not.match(page, /class="ways"|class="faults"|class="steps"/);
  assert.match(page, /no lab here: what desk has/);
});

test.run();
