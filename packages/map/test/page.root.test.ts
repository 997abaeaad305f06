/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// The page in Debian's Chromium, as a person meets it: by mouse, by keyboard, on a phone, in the dark, without JavaScript.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensurePrograms } from "@k3s-lab/host";
import { browserPrograms, isRoot, rootOnly } from "@k3s-lab/testbed";
import { type Browser, launch, type Page } from "puppeteer-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { drawMap, type Observed } from "../src/index.js";
import {
  absent,
  bridged,
  broken,
  healthy,
  hostile,
  inDocker,
  inLibvirt,
  inVirtualBox,
  looping,
  unseen,
  withVif,
} from "./fixtures/labs.js";

const test = suite("map: page in a browser (root)");
const rootTest = rootOnly("map: page in a browser (root)", test);

const labs = {
  healthy,
  looping,
  broken,
  bridged,
  inDocker,
  inVirtualBox,
  inLibvirt,
  absent,
  hostile,
  connected: withVif(healthy),
  byUser: unseen(looping),
};
type LabName = keyof typeof labs;

interface Visit {
  readonly width?: number;
  readonly scheme?: "light" | "dark";
  readonly script?: boolean;
  readonly still?: boolean;
  readonly picture?: boolean;
}

interface Visited extends AsyncDisposable {
  readonly page: Page;
  /** What the browser complained about, and what it was asked to load beside the file. */
  readonly troubles: readonly string[];
}

let folder = "";
let browser: Browser | undefined;

async function visit(
  name: LabName,
  { width = 1280, scheme = "light", script = true, still = false, picture }: Visit = {},
): Promise<Visited> {
  assert.ok(browser);
  const page = await browser!.newPage();
  const troubles: string[] = [];
  page.on("console", (message) => troubles.push(message.text()));
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("dialog", (dialog) => {
    troubles.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  const url = pathToFileURL(join(folder, `${name}.${picture ? "svg" : "html"}`)).href;
  page.on("request", (request) => {
    if (request.url() !== url && !request.url().startsWith("data:")) troubles.push(`request ${request.url()}`);
  });
  await page.setViewport({ width, height: 900 });
  await page.setJavaScriptEnabled(script);
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: scheme },
    { name: "prefers-reduced-motion", value: still ? "reduce" : "no-preference" },
  ]);
  page.setDefaultTimeout(120_000);
  await page.goto(url);
  return { page, troubles, [Symbol.asyncDispose]: () => page.close() };
}

/** What is visible of the drawing: whether text stays in its box, and the page within its window. */
function measure() {
  const visible = [...document.querySelectorAll<SVGSVGElement>("svg.map")].filter(
    (each) => each.getClientRects().length > 0,
  );
  const boxes = visible.flatMap((svg) => [...svg.querySelectorAll<SVGGElement>(".box")]);
  const outside = boxes.flatMap((box) => {
    const { width } = box.querySelector("rect")!.getBBox();
    return [...box.querySelectorAll("text")]
      .filter((text) => text.getBBox().x + text.getBBox().width > width)
      .map(({ textContent }) => textContent);
  });
  const { scrollWidth, clientWidth } = document.documentElement;
  return { boxes: boxes.length, outside, sideways: scrollWidth - clientWidth };
}

const shownWays = () =>
  [...document.querySelectorAll<SVGGElement>("svg.map [data-way]")]
    .filter((each) => each.getClientRects().length > 0)
    .map((each) => each.dataset.way);

const shownSteps = () =>
  [...document.querySelectorAll<HTMLElement>(".steps")]
    .filter((each) => each.offsetHeight > 0)
    .map((each) => each.innerText);

const background = () => getComputedStyle(document.documentElement).backgroundColor;

const paper = { light: "rgb(251, 250, 246)", dark: "rgb(16, 21, 27)" };

test.before(async () => {
  if (!isRoot) return;
  await ensurePrograms(browserPrograms, { install: "auto", note: console.error });
  folder = mkdtempSync(join(tmpdir(), "k3s-lab-map-"));
  for (const [name, seen] of Object.entries<Observed>(labs)) {
    const { page, svg } = await drawMap(seen);
    writeFileSync(join(folder, `${name}.html`), page);
    writeFileSync(join(folder, `${name}.svg`), svg);
  }
  // Milliseconds: a busy machine takes its time.
  const patience = 120_000;
  // Root's browser has no sandbox; what it opens is ours alone.
  const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
  browser = await launch({
    executablePath: "/usr/bin/chromium",
    args,
    timeout: patience,
    userDataDir: join(folder, "profile"),
  });
});

test.after(async () => {
  await browser?.close();
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
});

/** Widths and colours: all four for these, and two for the others. */
const inFull: ReadonlySet<LabName> = new Set(["healthy", "broken", "looping"]);

for (const name of Object.keys(labs) as readonly LabName[]) {
  for (const [width, scheme] of [
    [1280, "light"],
    [400, "dark"],
    ...(inFull.has(name)
      ? ([
          [1280, "dark"],
          [400, "light"],
        ] as const)
      : []),
  ] as const) {
    rootTest(`${name}, ${width} pixels, ${scheme}: it loads nothing, complains of nothing, and fits`, async () => {
      await using visited = await visit(name, { width, scheme });
      const { boxes, outside, sideways } = await visited.page.evaluate(measure);
      assert.equal(visited.troubles, []);
      assert.ok(boxes > 3, `${boxes} boxes`);
      assert.equal(outside, []);
      assert.is(sideways, 0);
      assert.is(await visited.page.evaluate(background), paper[scheme]);
    });
  }
}

rootTest("the picture alone is a document of its own, light and dark", async () => {
  for (const scheme of ["light", "dark"] as const) {
    await using visited = await visit("looping", { scheme, picture: true });
    assert.equal(visited.troubles, []);
    const seen = await visited.page.evaluate(() => ({
      name: document.documentElement.tagName,
      paper: getComputedStyle(document.querySelector(".paper")!).fill,
      texts: document.querySelectorAll("text").length,
    }));
    assert.is(seen.name, "svg");
    assert.is(seen.paper, paper[scheme]);
    assert.ok(seen.texts > 20);
  }
});

rootTest("a way is chosen by its button and by the keyboard, one at a time", async () => {
  await using visited = await visit("connected");
  const { page } = visited;
  assert.equal([...new Set(await page.evaluate(shownWays))], ["host-unserved"]);
  await page.click("#choose-host-served");
  assert.equal([...new Set(await page.evaluate(shownWays))], ["host-served"]);
  assert.match((await page.evaluate(shownSteps)).join(), /tel0 accepts it at once[\s\S]*It is answered/);
  await page.keyboard.press("ArrowRight");
  assert.equal([...new Set(await page.evaluate(shownWays))], ["host-unserved"]);
  assert.is((await page.evaluate(shownSteps)).length, 1);
});

rootTest("a loop is drawn in red, and what is cut is crossed", async () => {
  const strokes = () =>
    [".sheet.wide .way path.hop", ".sheet.wide .cross:not(.under)"].map((selector) => {
      const found = [...document.querySelectorAll(selector)].find((each) => each.getClientRects().length > 0);
      return found === undefined ? "none" : getComputedStyle(found).stroke;
    });
  await using loops = await visit("looping");
  assert.equal(await loops.page.evaluate(strokes), ["rgb(191, 42, 42)", "none"]);
  await using cut = await visit("connected");
  assert.equal(await cut.page.evaluate(strokes), ["rgb(27, 95, 193)", "rgb(191, 42, 42)"]);
});

rootTest("a node that stands still is red, one that is Ready green: its border, its words and its row", async () => {
  const red = { light: "rgb(191, 42, 42)", dark: "rgb(255, 127, 121)" };
  const green = { light: "rgb(37, 119, 74)", dark: "rgb(92, 196, 138)" };
  const coloursOf = (name: string) => {
    const box = document.querySelector(`.sheet.wide [aria-label^="${name},"]`)!;
    const row = document.querySelector(box.getAttribute("href")!)!;
    const { stroke } = getComputedStyle(box.querySelector("rect")!);
    const { fill } = getComputedStyle(box.querySelector(".condition")!);
    return { border: stroke, words: fill, row: getComputedStyle(row.querySelector("td:nth-of-type(2)")!).color };
  };
  for (const scheme of ["light", "dark"] as const) {
    await using visited = await visit("broken", { scheme });
    const { page } = visited;
    const stopped = await page.evaluate(coloursOf, "agent2");
    assert.equal(stopped, { border: red[scheme], words: red[scheme], row: red[scheme] });
    const { border, ...ready } = await page.evaluate(coloursOf, "agent1");
    assert.equal(ready, { words: green[scheme], row: green[scheme] });
    assert.is.not(border, red[scheme]);
  }
});

rootTest("a cross stands on the last stretch of its way, before the box that cuts it", async () => {
  for (const name of ["healthy", "connected", "broken"] as const) {
    await using visited = await visit(name);
    const places = await visited.page.evaluate(() => {
      const cut = [...document.querySelectorAll<SVGGElement>(".sheet.wide .way")].filter(
        (each) => each.getClientRects().length > 0 && each.querySelector(".cross") !== null,
      );
      return cut.map((way) => {
        const cross = way.querySelector<SVGPathElement>(".cross:not(.under)")!.getBBox();
        const [x, y] = [cross.x + cross.width / 2, cross.y + cross.height / 2];
        const stops = [...way.querySelectorAll<SVGCircleElement>(".stop circle")];
        const hops = [...document.querySelectorAll<SVGPathElement>(`.sheet.wide [data-way="${way.dataset.way}"] .hop`)];
        const last = hops.at(-1)!;
        const at = last.getPointAtLength(last.getTotalLength());
        return { toEnd: Math.hypot(x - at.x, y - at.y), isLast: stops.at(-1)!.parentElement!.getAttribute("class") };
      });
    });
    assert.is(places.length, 1, name);
    assert.ok(places[0]!.toEnd <= 17, `${name}: ${places[0]!.toEnd} from where the line ends`);
    assert.is(places[0]!.isLast, "stop cut");
  }
});

rootTest("boxes are reached by Tab, opened by Enter, and closed by Escape, which returns to them", async () => {
  await using visited = await visit("broken");
  const { page } = visited;
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
  const isOpen = () => page.evaluate(() => !document.querySelector<HTMLElement>(".panel")!.hidden);
  for (let tabs = 0; tabs < 40 && !(await focused()).startsWith("agent2"); tabs++) await page.keyboard.press("Tab");
  assert.is(await focused(), "agent2, agent, 10.76.0.12, stopped");
  assert.is(await isOpen(), false);
  await page.keyboard.press("Enter");
  assert.is(await isOpen(), true);
  const words = await page.evaluate(() => document.querySelector<HTMLElement>(".panel")!.innerText);
  assert.match(words, /agent2[\s\S]*node, stopped[\s\S]*not Ready: its kubelet has not reported for 3 minutes/);
  assert.match(await page.evaluate(() => document.activeElement?.className ?? ""), /^panel/);
  const places = await page.evaluate(() =>
    [".panel", '.sheet.wide [aria-label^="agent2"]'].map((selector) => {
      const { left, right } = document.querySelector(selector)!.getBoundingClientRect();
      return { left, right };
    }),
  );
  assert.ok(places[0]!.right < places[1]!.left, "the panel does not hide its box");
  await page.keyboard.press("Escape");
  assert.is(await isOpen(), false);
  assert.is(await focused(), "agent2, agent, 10.76.0.12, stopped");
});

rootTest("a click opens a box, its button closes it", async () => {
  await using visited = await visit("healthy", { width: 400 });
  const { page } = visited;
  await page.click('.sheet.tall [aria-label^="Host guard"]');
  const panel = () => page.evaluate(() => document.querySelector<HTMLElement>(".panel")!.innerText);
  assert.match(await panel(), /^Host guard/);
  await page.click(".panel button");
  assert.is(await page.evaluate(() => document.querySelector<HTMLElement>(".panel")!.offsetHeight), 0);
});

rootTest("each box has a name for screen readers, and the picture has one", async () => {
  await using visited = await visit("healthy");
  const names = await visited.page.evaluate(() =>
    [...document.querySelectorAll(".sheet.wide a")].map((each) => each.getAttribute("aria-label")),
  );
  assert.ok(names.includes("multi, server, 10.76.0.10, Ready"), names.join("\n"));
  assert.ok(names.includes("Node guard, rejected 3"));
  const tree = JSON.stringify(await visited.page.accessibility.snapshot({ interestingOnly: false }));
  assert.match(tree, /"name":"The network of lab demo"/);
  assert.match(tree, /"role":"link"[^{}]*"name":"k3slab-a1b2c3, the lab's bridge, 10\.76\.0\.1\/24, up"/);
});

rootTest("the colours can be chosen against the system's wish, and are remembered", async () => {
  await using visited = await visit("healthy", { scheme: "dark" });
  const { page } = visited;
  await page.click("#theme-light");
  assert.is(await page.evaluate(background), paper.light);
  await page.reload();
  assert.is(await page.evaluate(background), paper.light);
  await page.click("#theme-dark");
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
  assert.is(await page.evaluate(background), paper.dark);
  await page.click("#theme-system");
  assert.is(await page.evaluate(background), paper.light);
});

rootTest("nothing moves for those who wish so", async () => {
  const animation = () => getComputedStyle(document.querySelector(".sheet.wide .way path.hop")!).animationName;
  await using moving = await visit("connected");
  assert.is(await moving.page.evaluate(animation), "flow");
  await using still = await visit("connected", { still: true });
  assert.is(await still.page.evaluate(animation), "none");
});

rootTest("without JavaScript, picture, ways and table are there, and a box leads to its row", async () => {
  await using visited = await visit("looping", { script: false });
  const { page } = visited;
  // Puppeteer's own questions are answered all the same.
  assert.ok((await page.evaluate(measure)).boxes > 10);
  assert.is(await page.evaluate(() => document.querySelectorAll("tbody tr").length), 20);
  assert.equal([...new Set(await page.evaluate(shownWays))], ["host-unserved"]);
  await page.click("#choose-pod-served");
  assert.equal([...new Set(await page.evaluate(shownWays))], ["pod-served"]);
  await page.click('.sheet.wide [aria-label^="tel0"]');
  const target = await page.evaluate(() => document.querySelector("tr:target th")?.textContent);
  assert.is(target, "tel0");
  await page.click("#theme-dark");
  assert.is(await page.evaluate(background), paper.dark);
});

rootTest("its policy lets nothing be loaded, and no other script run", async () => {
  await using visited = await visit("healthy");
  const seen = await visited.page.evaluate(async () => {
    const violations: string[] = [];
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) =>
      violations.push(effectiveDirective),
    );
    await fetch("http://127.0.0.1:9/").catch(() => {});
    const script = document.createElement("script");
    script.textContent = "window.injected = true";
    document.body.append(script);
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { violations, injected: "injected" in window };
  });
  assert.is(seen.injected, false);
  assert.equal(seen.violations.toSorted(), ["connect-src", "script-src-elem"]);
});

rootTest("names that would break out are text", async () => {
  await using visited = await visit("hostile");
  assert.is(await visited.page.title(), "Lab </title><script>alert(1)</script>: degraded");
  assert.is(await visited.page.evaluate(() => document.querySelectorAll("img, main script").length), 0);
  assert.equal(visited.troubles, []);
});

test.run();
