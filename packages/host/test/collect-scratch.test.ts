import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { carryOut, sentencesOf } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { collectScratchStep, scratchFolder } from "../src/index.js";

const test = suite<{ dir: string }>("host collect-scratch");
test.before.each((context) => void (context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-collect-test-"))));
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const collect = (dir: string, days = 30, freed: (bytes: number) => void = () => {}) =>
  collectScratchStep({ days, env: { TMPDIR: dir } }, freed);

/** Makes a folder that was last changed so many days ago. */
function make(dir: string, name: string, days: number): string {
  mkdirSync(join(dir, name));
  const at = Date.now() / 1000 - days * 24 * 60 * 60;
  utimesSync(join(dir, name), at, at);
  return name;
}

test("what a killed push leaves goes, and what another process still uses stays", async ({ dir }) => {
  const module = new URL("../src/index.ts", import.meta.url).href;
  const script = `import { scratchFolder } from ${JSON.stringify(module)};
    console.log(scratchFolder("push", { TMPDIR: ${JSON.stringify(dir)} }).path); setInterval(() => {}, 1000);`;
  const push = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const path = String((await once(push.stdout, "data"))[0]).trim();
    writeFileSync(join(path, "image.tar"), Buffer.alloc(2_000_000, 1));
    using own = scratchFolder("load", { TMPDIR: dir });
    assert.equal(await sentencesOf([collect(dir, 0)]), [], "both run");
    push.kill("SIGKILL");
    await once(push, "exit");
    assert.equal(
      (await sentencesOf([collect(dir)])).map((sentence) => sentence.replace(path, "PATH")),
      ["host: remove the scratch folder PATH (2.0 MB, 0 min old)"],
    );
    assert.ok(existsSync(path), "a plan touches nothing");
    let freed = 0;
    await carryOut([collect(dir, 30, (bytes) => (freed += bytes))], { stage: "caches", report: () => {} });
    assert.equal(readdirSync(dir), [basename(own.path)]);
    assert.ok(freed >= 2_000_000 && freed < 2_100_000, String(freed));
  } finally {
    push.kill("SIGKILL");
  }
});

test("where nobody can look for the process, a folder stays as long as what is cached, and at least a day", async ({
  dir,
}) => {
  const [unnamed, elsewhere] = [make(dir, "k3s-lab-push-Ab3xY_", 31), make(dir, "k3s-lab-load-4711-88-402-Ab3xYz", 31)];
  make(dir, "k3s-lab-push-Ab3xY1", 29);
  make(dir, "k3s-lab-images-4712-88-402-Ab3xYz", 0.5);
  const names = async (days: number) =>
    (await sentencesOf([collect(dir, days)]))
      .map((sentence) => /k3s-lab-(?!collect)[\w-]+/.exec(sentence)?.[0])
      .toSorted();
  assert.equal(await names(30), [elsewhere, unnamed].toSorted());
  assert.equal(await names(0), [elsewhere, "k3s-lab-push-Ab3xY1", unnamed].toSorted());
});

test("what only looks like a scratch folder stays", async ({ dir }) => {
  for (const name of ["k3s-lab-docker-servers-Ab3xYz", "k3s-lab-push", "push-Ab3xYz", "k3s-lab-push-Ab3xYz-old"])
    make(dir, name, 99);
  writeFileSync(join(dir, "k3s-lab-push-999999999-1--Ab3xYz"), "");
  symlinkSync("/", join(dir, "k3s-lab-load-999999999-1--Ab3xYz"));
  utimesSync(join(dir, "k3s-lab-push-999999999-1--Ab3xYz"), 0, 0);
  assert.equal(await sentencesOf([collect(dir, 0)]), []);
});

const rootTest = process.getuid?.() === 0 ? test : test.skip;

rootTest("root leaves the folders of others, but not those of whoever called sudo", async ({ dir }) => {
  chownSync(join(dir, make(dir, "k3s-lab-push-Ab3xYz", 99)), 12_345, 12_345);
  assert.equal(await sentencesOf([collect(dir)]), []);
  const env = { TMPDIR: dir, SUDO_UID: "12345", SUDO_GID: "12345" };
  assert.is((await sentencesOf([collectScratchStep({ days: 30, env }, () => {})])).length, 1);
});

test.run();
