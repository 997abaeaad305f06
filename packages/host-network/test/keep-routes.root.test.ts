// Debian's own systemd-networkd on the host of a lab: by default it removes the rules and routes of others when it starts.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { diffSnapshots, emulateHost, lan, rootOnly, snapshotHost, type World } from "@k3s-lab/testbed";
import { bridgeOf } from "../src/index.js";
import { routingTable } from "../src/names.js";
import { emulateLab } from "./emulated-lab.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network keeps routes (root)");
const rootTest = rootOnly("host-network keeps routes (root)", test);
const script = fileURLToPath(new URL("fixtures/start-networkd.sh", import.meta.url));

/** Resolves when it has configured the uplink: what it removes is removed by then. */
async function startNetworkd({ host }: World): Promise<AsyncDisposable> {
  const args = [script, lan.uplink, `${lan.hostAddress}/24`, lan.routerAddress];
  const ready = new RegExp(`${lan.uplink}: State changed: configuring -> configured`);
  return host.background("sh", args, { ready });
}

if (!existsSync("/lib/systemd/systemd-networkd")) {
  test.skip("needs systemd-networkd, which this host's systemd does not bring", () => {});
} else {
  rootTest("the lab's rules and routes outlast a restart of systemd-networkd", async () => {
    await using world = await emulateHost();
    let networkd = await startNetworkd(world);
    const restartNetworkd = async () => {
      await networkd[Symbol.asyncDispose]();
      networkd = await startNetworkd(world);
    };
    await using lab = await emulateLab(world);
    const shell = async (line: string) => (await world.host.run("sh", ["-c", line])).stdout.trim();
    const settings = `/etc/systemd/networkd.conf.d/k3s-lab-${lab.id}.conf`;
    const addition = `/etc/systemd/network/10-uplink.network.d/k3s-lab-${lab.id}.conf`;
    const table = routingTable(lab.id);
    const snapshot = () => snapshotHost({ run: world.host.run, only: { files: new RegExp(lab.id) } });
    const rules = async () => (await shell("ip rule")).split("\n").filter((line) => line.includes(table)).length;
    const before = await snapshot();

    const { actions } = await lab.up();
    const told = "host: let systemd-networkd keep the lab's rules and routes when it restarts";
    assert.ok(actions.includes(`${told} (${settings}, ${addition})`), actions.join("\n"));
    assert.is(await shell(`umask 077; stat -c %a ${settings} ${addition} | tr '\\n' ' '`), "644 644");
    assert.equal((await lab.up()).actions, []);
    const made = await rules();
    assert.ok(made > 0);

    await restartNetworkd();
    assert.equal((await lab.up()).actions, [], "all of it is as it was");

    await shell(`rm ${settings} ${addition}`);
    await restartNetworkd();
    assert.is(await rules(), 0, "what it does without being told");
    const repaired = (await lab.up()).actions;
    assert.ok(repaired.some((sentence) => sentence.includes(`route what comes from ${bridgeOf(lab.id)}`)));
    assert.is(await rules(), made);

    await lab.down();
    assert.is(diffSnapshots(before, await snapshot()), "");
    assert.is(
      await shell("find /etc/systemd -mindepth 1 | tr '\\n' ' '"),
      "/etc/systemd/network /etc/systemd/network/10-uplink.network",
    );
    await networkd[Symbol.asyncDispose]();
  });
}

test.run();
