import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandFailed } from "@k3s-lab/exec";
import { openLab } from "@k3s-lab/lab";
import type { MachineState } from "@k3s-lab/machines";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { nodeParts } from "../../src/gather/node-parts.js";

const test = suite("report node parts");
const folder = mkdtempSync(join(tmpdir(), "k3s-lab-"));
test.after(() => rmSync(folder, { recursive: true }));
const { signal } = new AbortController();

async function gather(path: string, state: MachineState, exec: (argv: readonly string[]) => string) {
  const lab = await openLab(join(folder, "lab.yaml"));
  const driver = {
    state: async () => state,
    exec: async (_: string, argv: readonly string[]) => ({ exitCode: 0, stderr: "", stdout: exec(argv) }),
  };
  return nodeParts(lab, 3, driver)
    .find((part) => part.path === path)
    ?.gather(signal);
}

test("a log is asked for by its section, and bounded", async () => {
  let asked: readonly string[] = [];
  const text = await gather("nodes/agent1/k3s.txt", "running", (argv) => {
    asked = argv;
    return "one\ntwo\nthree\nfour\n";
  });
  assert.equal(asked.slice(-3), ["sh", "k3s", "3"]);
  assert.match(asked[2] ?? "", "journalctl -u k3s");
  assert.is(text, "(1 earlier lines were left out)\ntwo\nthree\nfour\n");
});

const why = (promise: Promise<unknown>) =>
  promise.then(
    () => "",
    (error: Error) => error.message,
  );

test("a machine that does not run, or that breaks down, is told", async () => {
  const never = () => "";
  assert.is(await why(gather("nodes/multi/network.txt", "stopped", never)), "multi is stopped, expected to be running");
  const broken = () => {
    throw new CommandFailed("lxc-attach", "took longer than 60 s and was ended", "");
  };
  assert.is(
    await why(gather("nodes/multi/k3s.txt", "running", broken)),
    "lxc-attach took longer than 60 s and was ended",
  );
});

test.run();
