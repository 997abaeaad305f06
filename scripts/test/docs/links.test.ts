// No link of a page leads nowhere, and the site map leads everywhere.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../drive-lab.js";
import { findPages, type Page, parsePage, readPage, targetOf } from "./page.js";

const test = suite("links of the pages");

/** Tells what is wrong with the links of a page. */
function faultsOf(page: Page): readonly string[] {
  const { file, links } = page;
  return links.flatMap((link) => {
    const target = targetOf(file, link);
    if (target === undefined) return [];
    if (target.file.startsWith("..")) return [`${file}: ${link}: is outside of the repository`];
    const isHere = target.file === file;
    if (!isHere && !existsSync(join(root, target.file))) return [`${file}: ${link}: there is no such file`];
    if (target.anchor === "" || !target.file.endsWith(".md")) return [];
    const { anchors } = isHere ? page : readPage(target.file);
    return anchors.has(target.anchor) ? [] : [`${file}: ${link}: there is no such heading`];
  });
}

test("every link leads to a file and a heading that exist", async () => {
  const pages = await findPages();
  assert.ok(pages.length > 40, "pages are found");
  assert.ok(pages.flatMap(({ links }) => links).length > 150, "links are found");
  assert.equal(pages.flatMap(faultsOf), []);
});

test("a link that leads nowhere is found", () => {
  const text = [
    "# A page",
    "[file](docs/none.md), [heading](docs/network.md#none), [here](#none), ![picture](none.svg), [out](../none)",
    '<a href="none.html">html</a> [by reference][ref]',
    "",
    "| [cell](none.yaml) |",
    "|---|",
    "",
    "[ref]: docs/nowhere.md",
    "[good](README.md#k3s-lab), [web](https://example.com/none), [here](#a-page)",
  ].join("\n");
  assert.equal(
    faultsOf(parsePage("page.md", text))
      .map((fault) => fault.split(": ")[1])
      .toSorted(),
    [
      "#none",
      "../none",
      "docs/network.md#none",
      "docs/none.md",
      "docs/nowhere.md",
      "none.html",
      "none.svg",
      "none.yaml",
    ],
  );
});

test("headings are known by the names that GitHub gives them", () => {
  const { anchors } = parsePage(
    "page.md",
    '## `npm run guard`: a **bold** word?\n\n## Twice\n\n## Twice\n\n<a id="r8"></a>',
  );
  assert.equal([...anchors], ["npm-run-guard-a-bold-word", "twice", "twice-1", "r8"]);
});

test("the site map leads to every page of docs/, and the README to the site map", async () => {
  const targets = (file: string) => new Set(readPage(file).links.map((link) => targetOf(file, link)?.file));
  assert.ok(targets("README.md").has("docs/README.md"));
  const linked = targets("docs/README.md");
  // A folder whose README is linked, as those that are generated, has its own list.
  const listed = [...linked].filter((file) => file?.endsWith("/README.md")).map((file = "") => dirname(file));
  const pages = (await findPages()).map(({ file }) => file).filter((file) => file.startsWith("docs/"));
  const isReached = (file: string) => linked.has(file) || listed.includes(dirname(file)) || file === "docs/README.md";
  assert.equal(
    pages.filter((file) => !isReached(file)),
    [],
  );
});

test("the README is a screen long", () => {
  const lines = readPage("README.md").text.trimEnd().split("\n").length;
  assert.ok(lines <= 70, `README.md has ${lines} lines`);
});

test.run();
