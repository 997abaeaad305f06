import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  closeCommand,
  execCommand,
  inputCommand,
  type RemoteOptions,
  terminalCommand,
} from "../../../src/drivers/vagrant/ssh-commands.js";

const test = suite("vagrant ssh commands");

const dir = mkdtempSync(join(tmpdir(), "k3s-lab-ssh-"));
test.after(() => rmSync(dir, { recursive: true, force: true }));

const reach = { configFile: "/lab/ssh-config" };

/** Does what the machine's shell does with the one line that ssh hands it, with a sudo that is the caller. */
async function inMachine(argv: readonly string[], options: RemoteOptions = {}, input = "") {
  writeFileSync(join(dir, "sudo"), '#!/bin/sh\nshift 2\nexec "$@"\n');
  chmodSync(join(dir, "sudo"), 0o755);
  const remote = execCommand(reach, "multi", argv, { cwd: dir, ...options });
  return run("sh", ["-c", remote.command.at(-1) ?? ""], {
    input: remote.input + input,
    env: { PATH: `${dir}:${process.env.PATH}` },
    answers: "any",
  });
}

test("ssh is told where the machine is by what Vagrant printed", () => {
  assert.match(
    execCommand(reach, "multi", ["true"]).command.slice(0, -1).join(" "),
    /^ssh -F \/lab\/ssh-config -o BatchMode=yes .* -T -- multi$/,
  );
  assert.is(inputCommand(reach, "multi", ["sh", "-c", "cat >x"]).at(-1), "sudo -n -H sh -c 'cat >x'");
});

test("a terminal is asked for where the caller has one", () => {
  const isTerminal = true;
  assert.equal(terminalCommand(reach, "multi", [], { isTerminal }).slice(-4), [
    "-t",
    "--",
    "multi",
    "sudo -n -H su -l",
  ]);
  const piped = terminalCommand(reach, "multi", ["sh", "-c", "echo a b"], { isTerminal: false });
  assert.is(piped.at(-4), "-T");
  assert.match(piped.at(-1) ?? "", /^sudo -n -H env 'PATH=\S*\/usr\/local\/bin\S*' sh -c 'echo a b'$/);
});

if (process.platform === "win32") {
  console.log("skipped: running what a machine's shell would needs a POSIX shell");
} else {
  test("every argument arrives as it was given, and the exit code comes back", async () => {
    const argv = ["printf", "[%s]", "a b", "", "it's", '$HOME `id` \\ "', "*", "line\nbreak", "~"];
    assert.is((await inMachine(argv)).stdout, "[a b][][it's][$HOME `id` \\ \"][*][line\nbreak][~]");
    assert.is((await inMachine(["sh", "-c", "exit 7"])).exitCode, 7);
  });

  test("variables go in by standard input, before the program's own", async () => {
    const env = { TOKEN: "K10'; exit 1; '::x", LINES_: "a\\n'b\n\nc\n", NONE: undefined };
    const script = 'printf "[%s][%s][%s]" "$TOKEN" "$LINES_" "${NONE-unset}"; cat';
    const { stdout } = await inMachine(["sh", "-c", script], { env }, "\nfirst\nsecond");
    assert.is(stdout, "[K10'; exit 1; '::x][a\\n'b\n\nc\n][unset]\nfirst\nsecond");
    assert.not.match(execCommand(reach, "multi", ["sh", "-c", script], { env }).command.join(" "), "K10");
  });

  test("it runs where it should", async () => {
    assert.is((await inMachine(["pwd"], { cwd: "/" })).stdout, "/");
    const missing = await inMachine(["echo", "ran"], { cwd: "/no such folder" });
    assert.is(missing.stdout, "");
    assert.is.not(missing.exitCode, 0);
  });
}

test("connections are shared where ssh can", () => {
  const shared = { ...reach, sockets: "/run/x" };
  assert.ok(execCommand(shared, "multi", ["true"]).command.includes("ControlPath=/run/x/%C"));
  assert.not.match(execCommand(reach, "multi", ["true"]).command.join(" "), "Control");
  assert.match(closeCommand(shared, "multi").join(" "), /ControlPath=\/run\/x\/%C -T -O exit -- multi$/);
});

test.run();
