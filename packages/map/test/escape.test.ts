import { suite } from "uvu";
import * as assert from "uvu/assert";
import { escape } from "../src/escape.js";

const test = suite("map: escape");

test("what means something to HTML or XML becomes a reference", () => {
  assert.is(escape(`<a href="x" b='y'>&</a>`), "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;&lt;/a&gt;");
  assert.is(escape("multi agent-1 ü 網"), "multi agent-1 ü 網");
});

test("what XML cannot hold, and what turns the text around it, is taken out", () => {
  assert.is(escape("a\u0000b\u001bc\ud800d"), "a\ufffdb\ufffdc\ufffdd");
  assert.is(escape("😀"), "😀");
  assert.is(escape("two\n\tlines"), "two lines");
  assert.is(escape("safe\u202egpj.exe"), "safegpj.exe");
});

test.run();
