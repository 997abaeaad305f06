import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Problem } from "@k3s-lab/problem";
import { ensureModules, missingModules } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite<{ root: string }>("host modules");

test.before.each((context) => {
  context.root = `${mkdtempSync(join(tmpdir(), "k3s-lab-modules-"))}/`;
});
test.after.each(({ root }) => rmSync(root, { recursive: true }));

function put(root: string, path: string, text: string | Uint8Array = ""): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), text);
}

test("finds what is loaded, what is a file system, what is built in", ({ root }) => {
  put(root, "sys/module/br_netfilter/x");
  put(root, "proc/filesystems", "nodev\tproc\nnodev\toverlay\n\text4\n");
  put(root, `lib/modules/${release()}/modules.builtin`, "kernel/net/vxlan/vxlan.ko\nkernel/net/nf-tables.ko\n");
  assert.equal(missingModules(["br-netfilter", "overlay", "vxlan", "nf_tables", "wireguard"], root), ["wireguard"]);
});

test("the configuration of a kernel without modules shows what is built in", ({ root }) => {
  put(root, "proc/config.gz", gzipSync("#\nCONFIG_BRIDGE_NETFILTER=y\nCONFIG_VXLAN=m\nCONFIG_VETH=y\n"));
  assert.equal(missingModules(["br_netfilter", "vxlan", "veth"], root), ["vxlan"]);
  put(root, `boot/config-${release()}`, "\nCONFIG_VXLAN=y\n");
  rmSync(join(root, "proc/config.gz"));
  assert.equal(missingModules(["vxlan"], root), []);
});

test("names all that cannot be had", async () => {
  const error = await ensureModules(["k3s_lab_no_such", "k3s_lab_nor_this"]).catch((reason: unknown) => reason);
  assert.instance(error, Problem);
  assert.is((error as Problem).exitCode, 3);
  assert.match((error as Problem).message, "lacks k3s_lab_no_such, k3s_lab_nor_this, built in or as a module");
});

test.run();
