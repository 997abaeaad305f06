import { certificateFilesRecord } from "@k3s-lab/lab";
import { carryOut, sentencesOf } from "@k3s-lab/steps";
import { recordCertificateFilesStep } from "../../src/steps/record-certificate-files.js";
import { emptyLab } from "../world.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster: record certificate files");

test("files are recorded once, and again where one is gone; without any, nothing is written", async () => {
  const lab = await emptyLab();
  const step = (...files: readonly string[]) => recordCertificateFilesStep(lab, files);
  assert.equal(await sentencesOf([step()]), []);
  assert.equal(await sentencesOf([step("/a.pem", "/b.pem")]), ["record that nodes trust /a.pem and /b.pem"]);
  await carryOut([step("/a.pem", "/b.pem")], { stage: "cluster", report: () => {} });
  assert.equal(lab.state.read(certificateFilesRecord), { files: ["/a.pem", "/b.pem"] });
  assert.equal(await sentencesOf([step("/a.pem", "/b.pem")]), []);
  assert.equal(await sentencesOf([step()]), ["record that nodes trust no files of the shell's variables"]);
});

test.run();
