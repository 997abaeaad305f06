import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { participants, takeLock, takePart } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite<{ dir: string; path: string }>("host lock");
const counting = fileURLToPath(new URL("fixtures/count-under-lock.ts", import.meta.url));

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-lock-"));
  context.path = join(context.dir, ".lab", "lock");
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test("a second taker is refused, with the holder's name and process", ({ path }) => {
  {
    using _held = takeLock(path, "lab:up");
    const refused = new RegExp(`lab:up is at work here \\(process ${process.pid}\\)`);
    assert.throws(() => takeLock(path, "lab:down"), refused);
    assert.throws(() => takeLock(path, "lab:down"), refused);
  }
  assert.not(existsSync(path));
  using _again = takeLock(path, "lab:down");
});

test("another process is refused, also while the holder has not said its name yet", ({ path }) => {
  using _held = takeLock(path, "lab:up");
  writeFileSync(join(path, readdirSync(path)[0] ?? ""), "");
  const script = `import { takeLock } from ${JSON.stringify(new URL("../src/index.ts", import.meta.url).href)};
    try { takeLock(${JSON.stringify(path)}, "lab:down"); } catch (error) { console.log(error.message); }`;
  const { stdout } = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]);
  assert.match(String(stdout), `another command is at work here (process ${process.pid})`);
  assert.is(readdirSync(path).length, 1);
});

test("what a killed command left is taken over at once", ({ path }) => {
  for (const left of ["999999999-1", `${process.pid}-1`, "1-0", "0-0", "rubbish", "-1-1"]) {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, left), left === "rubbish" ? "" : "lab:up\n");
    {
      using _held = takeLock(path, "lab:up");
      assert.is(readdirSync(path).length, 1);
    }
    assert.not(existsSync(path));
  }
});

test("what a killed command left is taken over before its parent has waited for it", async ({ path }) => {
  const parent = spawn("sh", ["-c", "sleep 0.1 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "inherit"] });
  const pid = Number(String((await once(parent.stdout, "data"))[0]));
  const stat = () => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  while (stat()[0] !== "Z") await new Promise((resolve) => void setTimeout(resolve, 5));
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, `${pid}-${stat()[19]}`), "lab:up\n");
  {
    using _held = takeLock(path, "lab:down");
    assert.is(readdirSync(path).length, 1);
  }
  parent.kill();
});

test("a lab that is removed under its lock takes the lock with it", ({ path, dir }) => {
  {
    using _held = takeLock(path, "lab:down");
    rmSync(join(dir, ".lab"), { recursive: true });
  }
  assert.not(existsSync(join(dir, ".lab")));
});

test("several may take part in the same, and those who have ended are forgotten", ({ path }) => {
  assert.equal(participants(path), []);
  {
    using _own = takePart(path, "push");
    assert.equal(participants(path), [], "this process is not among the others");
    writeFileSync(join(path, "900000000-1"), "push\n");
    writeFileSync(join(path, `1-${readFileSync("/proc/1/stat", "utf8").split(") ")[1]?.split(" ")[19]}`), "push\n");
    assert.equal(participants(path), ["push (process 1)"]);
  }
  assert.is(readdirSync(path).length, 1);
});

test("of many processes that race for a stale lock one at a time has it", async ({ path, dir }) => {
  const [processes, times] = [8, 12];
  const counter = join(dir, "counter");
  writeFileSync(counter, "0");
  mkdirSync(path, { recursive: true });
  for (let pid = 900_000_000; pid < 900_000_050; pid++) writeFileSync(join(path, `${pid}-1`), "lab:up\n");
  const codes = await Promise.all(
    Array.from({ length: processes }, async () => {
      const child = spawn(process.execPath, ["--import", "tsx", counting, path, counter, String(times)], {
        stdio: "inherit",
      });
      return (await once(child, "exit"))[0] as number;
    }),
  );
  assert.equal(codes, Array(processes).fill(0));
  assert.is(readFileSync(counter, "utf8"), String(processes * times));
});

test.run();
