// A snapshot of three servers that are written to without end: what it has to hold, in place and at other addresses.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { EmulatedHost } from "@k3s-lab/testbed";
import * as assert from "uvu/assert";
import { eventually, readyNodes, root, upChangesNothing } from "./drive-lab.js";
import { killWhen } from "./kill-command.js";
import { usesVolume, useVolume, volumeFolder } from "./local-volume.js";
import type { SeveralServers } from "./several-servers.js";
import { startWriter, type Written } from "./snapshot-writers.js";

/** Where a command has its copies of the servers' logs meanwhile. */
const scratchParent = process.env.TMPDIR ?? "/var/tmp";

interface Manifest {
  readonly taken: string;
  readonly frozen: number;
  readonly subnet: string;
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
}

export class ServersSnapshot {
  readonly folder: string;
  readonly #written: readonly Written[];

  private constructor(folder: string, written: readonly Written[]) {
    this.folder = folder;
    this.#written = written;
  }

  /** Takes the snapshot "three", and writes on. */
  static async take(several: SeveralServers, own: string): Promise<ServersSnapshot> {
    const { lab } = several;
    await several.write("archived");
    await several.push("acme/archived:1");
    await useVolume(lab);
    await lab.npmOk("lab:exec", ["agent1", "sh", "-c", `echo archived >$(echo ${volumeFolder})/file`]);
    const script = `i=0; while i=$((i + 1)); do k3s kubectl create configmap n$i >/dev/null && echo $i $(date +%s%N); done`;
    await using writer = await startWriter(lab, "server2", script);
    await eventually("it writes", async () => writer.written.length > 3);
    const said = await lab.npmOk("lab:snapshot", ["three"], { env: { K3S_LAB_SNAPSHOTS: own } });
    console.log(said.trim().split("\n").at(-1));
    const { length } = writer.written;
    await eventually("it goes on", async () => writer.written.length > length + 1);
    await several.write("too-late");
    return new ServersSnapshot(join(own, "three"), [...writer.written]);
  }

  get manifest(): Manifest {
    return JSON.parse(readFileSync(join(this.folder, "manifest.json"), "utf8")) as Manifest;
  }

  /** Holds a restored lab to what was acknowledged before the machines stood still, and to what may have been since. */
  async isWholeIn(several: SeveralServers): Promise<void> {
    const { lab } = several;
    const { taken, frozen, nodes } = this.manifest;
    const all = nodes.map(({ name }) => name).toSorted();
    assert.equal(await readyNodes(lab), all);
    const names = (await lab.kubectl("get", "configmaps", "--output=name")).split("\n");
    const stored = names.filter((name) => /\/n\d+$/.test(name)).length;
    const count = (until: number) => this.#written.filter(({ at }) => at <= until).length;
    const [least, most] = [count(Date.parse(taken)), count(Date.parse(taken) + frozen) + 1];
    console.log(`${stored} writes are there; ${least} were acknowledged before the machines stood still`);
    assert.ok(least > 3 && stored >= least && stored <= most, `${stored}, expected ${least} to ${most}`);
    await lab.kubectl("get", "configmap", "archived");
    assert.match((await lab.npm("kubectl", ["get", "configmap", "too-late"])).stderr, "NotFound");
    for (const name of all) await several.pull(name, "acme/archived:1");
    await usesVolume(lab);
    assert.is((await lab.npmOk("lab:exec", ["agent1", "sh", "-c", `cat ${volumeFolder}/file`])).trim(), "archived");
  }

  /** Restores it into the folder of another lab, at other addresses, since something has those that it was taken at. */
  async isRestoredElsewhere(several: SeveralServers): Promise<void> {
    const { lab } = several;
    rmSync(join(lab.dir, "lab.yaml"), { force: true });
    const { exitCode, stdout, stderr } = await lab.npm("lab:restore", [this.folder]);
    assert.is(exitCode, 0, stderr);
    assert.match(stdout + stderr, /the servers get other addresses: \S+ goes on with its store/);
    await this.#isMovedTo(several);
  }

  /**
   * Restores it once more into such a lab, whose machines run. Killed while the stores are looked at, that leaves the lab as it was;
   * killed after it was decided, the next lab:up finishes it.
   */
  async isRestoredDespiteKills(several: SeveralServers, host: Pick<EmulatedHost, "run">): Promise<void> {
    const { lab } = several;
    const [config, output] = [join(lab.dir, "lab.yaml"), join(lab.dir, "killed.log")];
    const command = ["npm", "run", "-s", "lab:restore", "--", "--config", config, this.folder, "--yes"];
    const killedWhen = (hasComeAsFar: () => boolean) =>
      killWhen(host, command, { cwd: root, output }, async () => hasComeAsFar());
    const copies = () => readdirSync(scratchParent).filter((name) => name.startsWith("k3s-lab-store-"));
    const others = copies();
    await several.write("too-late");
    await killedWhen(() => copies().length > others.length);
    for (const name of copies()) if (!others.includes(name)) rmSync(join(scratchParent, name), { recursive: true });
    const restoring = join(lab.dir, ".lab/restoring.json");
    assert.not.ok(existsSync(restoring));
    await lab.npmOk("lab:up");
    await lab.kubectl("get", "configmap", "too-late");
    await killedWhen(() => existsSync(restoring));
    assert.match(await lab.npmOk("lab:plan"), "the restore of three was cut short");
    await lab.npmOk("lab:up");
    await this.#isMovedTo(several);
  }

  /** Holds a lab to other addresses, to all that the snapshot has, and to nothing that is left to do. */
  async #isMovedTo(several: SeveralServers): Promise<void> {
    const { lab } = several;
    const { machines } = lab.state<{ readonly machines: Manifest["nodes"] }>("machines.json");
    const former = this.manifest.nodes.map(({ address }) => address);
    assert.not.ok(machines.some(({ address }) => former.includes(address)));
    await this.isWholeIn(several);
    // A lookup that a busy host answers too late is waited for once more.
    await eventually("nothing is left to do", async () => (await lab.npm("lab:plan", ["--exit-code"])).exitCode === 0);
    await upChangesNothing(lab);
  }
}
