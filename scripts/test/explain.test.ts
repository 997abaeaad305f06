import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { errors } from "@k3s-lab/problem";
import { explanations } from "@k3s-lab/problem/explanations";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { findError } from "../src/find-error.js";
import { root } from "./drive-lab.js";

const test = suite("scripts explain");

const explain = (...args: readonly string[]) =>
  run(process.execPath, [join(root, "scripts/bin/run.js"), "explain", ...args], {
    env: { K3S_LAB_BIN: undefined },
    answers: "any",
  });

test("an id is found however it is written", () => {
  for (const written of ["LAB-NET-003", "lab-net-003", "NET-3", "net3", "[LAB-NET-003]", "lab_net_03", " LABNET003 "]) {
    assert.equal(findError(written), { id: "LAB-NET-003" }, written);
  }
});

test("of an id that does not exist, the nearest one is offered, and of another word none", () => {
  assert.equal(findError("LAB-NTE-003"), { nearest: "LAB-NET-003" });
  assert.equal(findError("net-303"), { nearest: "LAB-NET-003" });
  assert.equal(findError("coffee"), { nearest: undefined });
});

test("an error is explained in a terminal, with all its parts", async () => {
  const { exitCode, stdout } = await explain("net-3");
  assert.is(exitCode, 0);
  const said = stdout.replaceAll(/\s+/g, " ");
  const { cause, remedy, example } = explanations["LAB-NET-003"];
  for (const part of [errors["LAB-NET-003"].title, cause, remedy, example, "ends with 2"]) {
    assert.ok(said.includes(part), part);
  }
  assert.ok(stdout.split("\n").every((line) => line.length <= 100));
});

test("without an id every error is listed, for a program, too", async () => {
  const { stdout } = await explain();
  for (const [id, { title }] of Object.entries(errors)) assert.ok(stdout.includes(`  ${id}  ${title}`), id);
  const { stdout: json } = await explain("--json");
  assert.equal(
    (JSON.parse(json) as readonly { readonly id: string }[]).map(({ id }) => id),
    Object.keys(errors),
  );
  assert.equal(JSON.parse((await explain("LAB-NET-003", "--json")).stdout), {
    id: "LAB-NET-003",
    ...errors["LAB-NET-003"],
    ...explanations["LAB-NET-003"],
  });
});

test("a typo ends with 2 and what may be meant", async () => {
  const { exitCode, stderr, stdout } = await explain("LAB-NET-303");
  assert.is(exitCode, 2);
  assert.is(stdout, "");
  assert.is(stderr, explanations["LAB-ERR-001"].example);
});

test.run();
