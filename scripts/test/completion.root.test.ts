// The completion of k3s-lab in the shells themselves, by the tabulator of a person.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { eventually, rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { root } from "./drive-lab.js";
import { openShell } from "./shell-terminal.js";

const test = suite("completion in shells");
// As root, where what is missing of these shells has been installed.
const realTest = rootOnly("completion in shells", test);

/** Where each shell reads its commands from, and what makes its prompt a $ alone. */
const shells = {
  bash: { file: ".bashrc", prompt: "PS1='$ '", command: "exec bash -i" },
  zsh: { file: ".zshrc", prompt: "PS1='$ '", command: "exec zsh -i" },
  fish: {
    file: ".config/fish/config.fish",
    prompt: "function fish_prompt; echo '$ '; end\nfunction fish_greeting; end",
    command: "exec fish -i",
  },
} as const;

/** A home with a project in it, in whose folder npx finds k3s-lab, and a Docker that has one image. */
function makeHome() {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "k3s-lab-shell-")));
  const project = join(home, "project");
  for (const dir of ["bin", "project/node_modules/.bin", "project/below", ".config/fish"]) {
    mkdirSync(join(home, dir), { recursive: true });
  }
  const program = join(root, "scripts/bin/k3s-lab.js");
  symlinkSync(program, join(home, "bin", "k3s-lab"));
  symlinkSync(program, join(project, "node_modules/.bin/k3s-lab"));
  writeFileSync(join(home, "bin", "docker"), "#!/bin/sh\necho web:7\n", { mode: 0o755 });
  writeFileSync(join(project, "lab.yaml"), "nodes: [{ name: main, role: server }, { name: side1 }, { name: side2 }]\n");
  writeFileSync(join(project, "below", "hello.tar"), "");
  return { home, below: join(project, "below") };
}

for (const [name, { file, prompt, command }] of Object.entries(shells)) {
  realTest(`${name} completes commands, machines, images, files and flags`, async () => {
    const { home, below } = makeHome();
    try {
      const PATH = `${join(home, "bin")}:${process.env.PATH}`;
      const { stdout } = await run("k3s-lab", ["completion", name], { env: { PATH, INIT_CWD: home } });
      writeFileSync(join(home, file), `${prompt}\n${stdout}\n`);
      await using shell = await openShell(command, { cwd: below, env: { HOME: home, PATH } });
      await shell.shows(/^\$\s*$/m);
      /** Types a line, and presses the tabulator; the line is thrown away afterwards. */
      const completes = async (typed: string, wanted: RegExp, tabs = 1) => {
        await shell.press("-l", typed);
        for (let tab = 0; tab < tabs; tab++) await shell.press("Tab");
        await shell.shows(wanted);
        await shell.press("C-c");
        await shell.press("-l", "clear");
        await shell.press("Enter");
        await shell.shows(/^\$\s*$(?![\s\S]*clear)/m);
      };
      await completes("k3s-lab exe", /^\$ k3s-lab exec $|^\$ k3s-lab exec$/m);
      await completes("k3s-lab exec ma", /^\$ k3s-lab exec main ?$/m);
      await completes("k3s-lab exec side", /(?=[\s\S]*side1)(?=[\s\S]*side2)/, 2);
      await completes("k3s-lab exec --on main,side", /(?=[\s\S]*main,side1)(?=[\s\S]*main,side2)/, 2);
      await completes("k3s-lab push web:", /^\$ k3s-lab push web:7 ?$/m);
      await completes("k3s-lab push he", /^\$ k3s-lab push hello\.tar ?$/m);
      await completes("k3s-lab up --config ../l", /^\$ k3s-lab up --config \.\.\/lab\.yaml ?$/m);
      await completes("k3s-lab up --take", /^\$ k3s-lab up --take-proxies ?$/m);
      await completes("npx k3s-lab exec ma", /^\$ npx k3s-lab exec main ?$/m);
      await completes("npx --no k3s-lab stat", /^\$ npx --no k3s-lab status ?$/m);
      // Nothing that a machine's program is given is ours to complete.
      await shell.press("-l", "k3s-lab exec main he");
      await shell.press("Tab");
      await shell.press("-l", "x");
      await shell.shows(/^\$ k3s-lab exec main hex$/m);
    } finally {
      // What the shell has started may still write there.
      await eventually(`${home} is removed`, async () => isRemoved(home), { within: 10_000 });
    }
  });
}

realTest("a line that cannot be completed brings no message into it", async () => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "k3s-lab-shell-")));
  try {
    writeFileSync(join(home, "lab.yaml"), "nodes: [");
    const program = join(root, "scripts/bin/k3s-lab.js");
    const env = { INIT_CWD: home, K3S_LAB_CONFIG: undefined };
    const { stdout, stderr } = await run(process.execPath, [program, "__complete", "exec", ""], { env });
    assert.equal([stdout, stderr], ["words", ""]);
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 10 });
  }
});

function isRemoved(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}

test.run();
