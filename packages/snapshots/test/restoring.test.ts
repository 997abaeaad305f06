import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostNetwork } from "@k3s-lab/host-network";
import { parseCidr } from "@k3s-lab/ip";
import { openLab } from "@k3s-lab/lab";
import type { Disks } from "@k3s-lab/machines";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkFit } from "../src/fit.js";
import type { Manifest } from "../src/manifest.js";
import { finishRestore, restoringOf, restoringRecord } from "../src/restoring.js";

const test = suite("snapshots restoring");
const dir = mkdtempSync(join(tmpdir(), "k3s-lab-restoring-"));
test.after(() => rmSync(dir, { recursive: true }));

const network: HostNetwork = {
  uplink: null,
  routes: [],
  lan: { kind: "private", bridge: "k3slab-7f3a21", subnet: parseCidr("10.76.1.0/24") },
  gateway: "10.76.1.1",
  resolvers: ["1.1.1.1"],
  addresses: { multi: "10.76.1.10" },
  podCidr: parseCidr("10.42.0.0/16"),
  serviceCidr: parseCidr("10.43.0.0/16"),
  clusterDns: "10.43.0.10",
};

const open = () => openLab(join(dir, "lab.yaml"), { asRecorded: true });

/** Disks that tell what is done to them, and fail at the first swap of this machine. */
function disks(failing?: string) {
  const told: string[] = [];
  let fails = failing;
  const fake: Pick<Disks, "names" | "halt" | "swap"> = {
    names: async () => ["multi", "older"],
    halt: async (name) => void told.push(`halt ${name}`),
    async swap(name) {
      told.push(`swap ${name}`);
      if (name !== fails) return;
      fails = undefined;
      throw new Error("killed");
    },
  };
  return { told, fake: fake as Disks };
}

test("nothing is finished where nothing was decided", async () => {
  const { told, fake } = disks();
  assert.is(await finishRestore(await open(), () => fake), undefined);
  assert.equal(told, []);
});

test("a restore that was decided is finished by whoever finds it, however often it is cut short", async () => {
  const lab = await open();
  lab.state.writeText("machines", "{}");
  lab.state.write(restoringRecord, {
    snapshot: "first",
    driver: "lxc",
    machines: ["multi", "agent1"],
    config: { ...lab.config, name: "kept" },
    secrets: '{ "schema": 1 }\n',
    network,
    labYaml: "name: kept\n",
  });
  assert.is(statSync(lab.state.path("restoring")).mode & 0o777, 0o600);
  const { told, fake } = disks("agent1");
  try {
    await finishRestore(lab, () => fake);
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, "killed");
  }
  assert.is(restoringOf(await open()), "first");
  assert.not.ok(existsSync(join(dir, "lab.yaml")));
  told.length = 0;
  assert.is(await finishRestore(await open(), () => fake), "first");
  assert.equal(told, ["halt multi", "halt older", "swap multi", "swap agent1"]);
  const after = await open();
  assert.is(restoringOf(after), undefined);
  assert.is(after.config.name, "kept");
  assert.is(readFileSync(after.state.path("secrets"), "utf8"), '{ "schema": 1 }\n');
  assert.is(readFileSync(join(dir, "lab.yaml"), "utf8"), "name: kept\n");
  assert.match(readFileSync(after.state.path("hostNetwork"), "utf8"), "10.76.1.0/24");
  assert.not.ok(after.state.exists("machines"), "what was decided for the lab before is decided anew");
});

/** What is told to the disks of a lab that gets other addresses. */
async function toldOfMoved({ hasMore }: { readonly hasMore: boolean }): Promise<readonly string[]> {
  const lab = await open();
  lab.state.write(restoringRecord, {
    snapshot: "first",
    driver: "docker",
    machines: ["multi"],
    config: lab.config,
    secrets: "",
    network,
    moved: true,
  });
  const { told, fake } = disks();
  const unmake = async (name: string) => void told.push(`unmake ${name}`);
  await finishRestore(lab, () => ({ ...fake, ...(hasMore && { unmake }) }));
  return told;
}

test("servers that get other addresses keep nothing but their disks, which would start K3s", async () => {
  assert.equal(await toldOfMoved({ hasMore: true }), ["unmake multi", "unmake older", "swap multi"]);
  assert.equal(
    await toldOfMoved({ hasMore: false }),
    ["halt multi", "halt older", "swap multi"],
    "all that they have is their disk",
  );
});

const manifest = {
  name: "first",
  driver: "lxc",
  arch: process.arch,
  nodes: [{ name: "multi", role: "server", address: "10.76.0.10" }],
} as unknown as Manifest;

test("a snapshot fits a lab of its driver, its nodes, and a host of its architecture", async () => {
  const { config } = await open();
  const lab = {
    file: "/home/user/lab.yaml",
    config: { ...config, machines: { ...config.machines, provider: "lxc" as const }, nodes: config.nodes.slice(0, 1) },
  };
  checkFit(lab, manifest);
  assert.throws(() => checkFit(lab, { ...manifest, arch: "riscv64" }), /first: is of riscv64.*LAB-SNP-008/);
  assert.throws(
    () => checkFit(lab, { ...manifest, driver: "docker" }),
    /is of machines by docker, and .*lab.yaml asks for lxc/,
  );
  const more = { ...lab, config: { ...lab.config, nodes: config.nodes } };
  assert.throws(() => checkFit(more, manifest), /has the nodes multi, and .* names multi, agent1, agent2/);
});

test.run();
