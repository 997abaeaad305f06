// What lab:up and lab:down do about the kubeconfigs that the user has merged the lab into.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LabState } from "@k3s-lab/lab";
import { carryOut, type Event, sentencesOf } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { unmergeKubeconfigsStep } from "../src/steps/unmerge-kubeconfigs.js";
import { mergeForUser, outdatedIn, placesOf, refreshIn } from "../src/users-kubeconfig/users-kubeconfig.js";

interface World {
  readonly dir: string;
  readonly file: string;
  readonly lab: Parameters<typeof mergeForUser>[0];
}

const test = suite<World>("cluster: users-kubeconfig");
const config = { server: "https://10.76.0.10:6443", ca: "Q0E=", certificate: "Q0VSVA==", key: "S0VZ" };
const anew = { ...config, ca: "TkVX" };

test.before.each((context) => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-users-"));
  const lab = { id: "0a1b2c", state: new LabState(join(dir, ".lab")), config: { name: "k3s-lab" } };
  Object.assign(context, { dir, file: join(dir, "config"), lab });
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test("a lab that was made again is outdated where it was merged, until it is refreshed", async ({ lab, file }) => {
  assert.equal(outdatedIn(lab, anew), [], "it was merged nowhere");
  await mergeForUser(lab, config, [file]);
  assert.equal(outdatedIn(lab, config), []);
  assert.equal(outdatedIn(lab, anew), [file]);
  assert.equal(outdatedIn(lab, undefined), [file], "what it will be is not known yet");
  await refreshIn(lab, file, anew);
  assert.equal(outdatedIn(lab, anew), []);
  assert.match(readFileSync(file, "utf8"), "certificate-authority-data: TkVX\n");
});

test("what the user has taken out by hand is not put in again", async ({ lab, file }) => {
  await mergeForUser(lab, config, [file]);
  for (const text of ["kind: Config\n", "a: [ # k3s-lab"]) {
    writeFileSync(file, text);
    assert.equal(outdatedIn(lab, anew), []);
    assert.equal(placesOf(lab, [file]), []);
  }
});

test("lab:down takes the lab out, in the files that were recorded and in those of the user", async ({
  lab,
  file,
  dir,
}) => {
  const elsewhere = join(dir, "elsewhere");
  writeFileSync(file, "# mine\nkind: Config\n");
  await mergeForUser(lab, config, [file]);
  await mergeForUser(lab, config, [elsewhere]);
  const step = unmergeKubeconfigsStep(lab, [file]);
  assert.equal(
    await sentencesOf([step]),
    [file, elsewhere].map((each) => `${each}: remove context k3s-lab`),
  );
  lab.state.remove("mergedKubeconfigs");
  assert.equal(await sentencesOf([step]), [`${file}: remove context k3s-lab`], "the lab's entries carry its name");
  await carryOut([step], { stage: "cluster", report: () => {} });
  assert.match(readFileSync(file, "utf8"), /^# mine\nkind: Config\n/);
  assert.equal(await sentencesOf([step]), []);
  assert.ok(existsSync(elsewhere));
});

test("a kubeconfig that may not be changed does not keep a lab from going", async ({ lab, file }) => {
  await mergeForUser(lab, config, [file]);
  const before = readFileSync(file, "utf8");
  chmodSync(file, 0o400);
  const told: Event[] = [];
  const step = unmergeKubeconfigsStep(lab, [file]);
  await carryOut([step], { stage: "cluster", report: (event) => void told.push(event) });
  const note = told.find(({ event }) => event === "note");
  assert.match(note && "message" in note ? note.message : "", `${file}: may not be written by this user`);
  assert.is(readFileSync(file, "utf8"), before);
});

test.run();
