// Makes the report of a lab as a person does, and reads what is in the archive.
import { mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import * as assert from "uvu/assert";
import type { DrivenLab } from "./drive-lab.js";

/** A word that tests plant where a secret may stand. */
export const planted = "Kr0kodil";

/** Plants a secret where containerd of a node would have written it. */
export async function plantSecret(lab: DrivenLab, node: string): Promise<void> {
  const log = "/var/lib/rancher/k3s/agent/containerd/containerd.log";
  await lab.npmOk("lab:exec", [node, "sh", "-c", `echo level=info password=${planted} >> ${log}`]);
}

interface ReadReport {
  /** The archive's files by their paths. */
  readonly files: ReadonlyMap<string, string>;
  readonly printed: string;
  /** Fails unless a file of the archive has this in it. */
  holds(path: string, what: string | RegExp): void;
}

/** Makes a report, and fails where any of its files holds a secret of the lab or a planted one. */
export async function readReport(lab: DrivenLab): Promise<ReadReport> {
  const folder = mkdtempSync(join(lab.dir, "report-"));
  const out = join(folder, "report.tar.gz");
  const printed = await lab.npmOk("report", ["--out", out]);
  assert.is(statSync(out).mode & 0o777, 0o600);
  const into = join(folder, "unpacked");
  await run("sh", ["-c", 'mkdir "$1" && tar -xzf "$0" -C "$1" --strip-components=1', out, into]);
  const paths = readdirSync(into, { recursive: true, encoding: "utf8" });
  const texts = paths.filter((path) => statSync(join(into, path)).isFile());
  const files = new Map(texts.map((path) => [path, readFileSync(join(into, path), "utf8")]));
  holdsNoSecret(lab, files);
  const holds = (path: string, what: string | RegExp) =>
    assert.match(files.get(path) ?? `no ${path}: ${printed}`, what);
  return { files, printed, holds };
}

function holdsNoSecret(lab: DrivenLab, files: ReadonlyMap<string, string>): void {
  const { serverPassword, agentPassword } = lab.state<Readonly<Record<string, string>>>("secrets.json");
  const kubeconfig = readFileSync(join(lab.dir, ".lab/kubeconfig"), "utf8");
  const [, keyData = ""] = /client-key-data: (\S+)/.exec(kubeconfig) ?? [];
  for (const secret of [serverPassword ?? "", agentPassword ?? "", keyData]) assert.ok(secret.length > 20);
  for (const [path, text] of files) {
    for (const secret of [serverPassword, agentPassword, keyData, planted]) {
      assert.not.ok(secret === undefined || text.includes(secret), `${path} holds a secret`);
    }
  }
}
