import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lookupSection, parseLookup } from "../../src/node/lookup.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster lookup");
const header = (flags: string, answers: string) => `6b33${flags}0001${answers}00000000`;

const printed = (...answers: readonly string[]) => answers.map((answer) => `lookup ${answer}\n`).join("");
const { file, args = [] } = lookupSection("10.43.0.10");

test("the script is shell, and its packet asks for the address of the API's service", () => {
  execFileSync("sh", ["-n", fileURLToPath(file)]);
  const packet = execFileSync("bash", ["-c", `printf "${args[2]}"`]);
  assert.is(packet.subarray(0, 12).toString("hex"), "6b3301000001000000000000");
  const name = "\nkubernetes\u0007default\u0003svc\u0007cluster\u0005local\0";
  assert.is(packet.subarray(12).toString("latin1"), `${name}\0\u0001\0\u0001`);
});

test("a record without error is an answer; silence, errors and emptiness are none", () => {
  assert.is(parseLookup(printed()), undefined);
  assert.is(parseLookup(printed(header("8580", "0001"))), "answered");
  assert.is(parseLookup(printed("none", header("8180", "0001"))), "answered");
  assert.is(parseLookup(printed("none")), "failed");
  assert.is(parseLookup(printed(header("8182", "0000"))), "failed");
  assert.is(parseLookup(printed(header("8183", "0001"))), "failed");
  assert.is(parseLookup(printed(header("8180", "0000"))), "failed");
});

test("a node without bash asks by nslookup", () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-lookup-"));
  try {
    mkdirSync(join(dir, "bin"));
    writeFileSync(join(dir, "cni-1"), "");
    const ask = (exit: number) => {
      const programs = {
        nsenter: 'shift; exec "$@"',
        timeout: 'shift; exec "$@"',
        nslookup: `[ "$*" = "kubernetes.default.svc.cluster.local 10.43.0.10" ] || exit 9; exit ${exit}`,
        ls: `echo ${dir}/cni-1`,
        head: "read -r line; echo $line",
      };
      for (const [name, body] of Object.entries(programs)) {
        writeFileSync(join(dir, "bin", name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
      }
      const env = { PATH: join(dir, "bin") };
      return execFileSync("/bin/sh", [fileURLToPath(file), ...args], { env, encoding: "utf8" });
    };
    assert.is(ask(0), "lookup answered\n");
    assert.is(parseLookup(printed("answered")), "answered");
    assert.is(ask(1), "lookup none\n");
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
