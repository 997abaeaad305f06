import { parseCidr } from "@k3s-lab/ip";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LabConfig, LabState } from "@k3s-lab/lab";
import { machinesRecord } from "../src/record.js";
import { mayEnter, requireRoot, requireRootFor } from "../src/require-root.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines require root");

const lan = { kind: "private", bridge: "lab0", subnet: parseCidr("10.76.0.0/24") } as const;

/** As another user, whoever runs the tests. */
function as(uid: number, act: () => void): void {
  const { getuid } = process;
  process.getuid = () => uid;
  try {
    act();
  } finally {
    if (getuid) process.getuid = getuid;
  }
}

test("another user is told the command, with exit code 3", () => {
  as(1000, () => {
    try {
      requireRoot("lab:up");
      assert.unreachable();
    } catch (error) {
      assert.match(
        (error as Error).message,
        /^host: .* need root.*\. Run: sudo .*npm run lab:up \(or let Docker .*\) \[LAB-MCH-010\]$/,
      );
      assert.is((error as { exitCode?: number }).exitCode, 3);
    }
  });
});

test("the command keeps the proxies of the shell, and shows no password", () => {
  const before = process.env.HTTPS_PROXY;
  process.env.HTTPS_PROXY = "http://me:geheim@proxy:3128";
  try {
    as(1000, () => {
      assert.throws(
        () => requireRoot("lab:up"),
        /sudo --preserve-env=\S*HTTPS_PROXY\S* env "PATH=\$PATH" npm run lab:up/,
      );
      assert.throws(
        () => requireRoot("lab:up"),
        (error: Error) => !error.message.includes("geheim"),
      );
    });
  } finally {
    if (before === undefined) delete process.env.HTTPS_PROXY;
    else process.env.HTTPS_PROXY = before;
  }
});

test("root may", () => {
  as(0, () => requireRoot("lab:up"));
});

test("virtual machines on the LAN are any user's, unless the lab's containers are still there", () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-root-"));
  try {
    const vagrant = { provider: "libvirt", box: "x", cpus: 1, memory: 1024, emulate: false } as const;
    const network = { mode: "bridged" } as LabConfig["network"];
    const config = { machines: { provider: "vagrant", vagrant }, network } as unknown as LabConfig;
    const lab = { id: "0123ab", config, state: new LabState(dir) };
    as(1000, () => {
      requireRootFor(lab, "lab:up");
      assert.ok(mayEnter(lab));
      lab.state.write(machinesRecord, { driver: "lxc", machines: [], lan, gateway: "10.76.0.1", resolvers: [] });
      assert.not.ok(mayEnter(lab));
      assert.throws(() => requireRootFor(lab, "lab:down"), /npm run lab:down/);
    });
    as(0, () => assert.ok(mayEnter(lab)));
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
