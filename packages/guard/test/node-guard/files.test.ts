import { parseCidr } from "@k3s-lab/ip";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { nodeGuardFiles, nodeGuardSeeScript, nodeGuardStartScript } from "../../src/index.js";

const test = suite("guard node-guard files");
const options = { serviceCidr: parseCidr("10.43.0.0/16"), podCidr: parseCidr("10.42.0.0/16") };
const managers = ["systemd", "openrc"] as const;

test("differ between service managers by the service and its log alone", () => {
  const [systemd = [], openrc = []] = managers.map((manager) => nodeGuardFiles(options, manager));
  assert.equal(systemd.slice(0, -1), openrc.slice(0, -2));
  assert.is(openrc.at(-2)?.path, "/etc/logrotate.d/lab-node-guard");
  assert.is(systemd.at(-1)?.path, "/etc/systemd/system/lab-node-guard.service");
  assert.is(openrc.at(-1)?.path, "/etc/init.d/lab-node-guard");
  assert.is(openrc.at(-1)?.mode, 0o755);
});

test("the service starts after whatever flushes rules and before K3s, and is not stopped with either", () => {
  const [unit, script] = managers.map((manager) => nodeGuardFiles(options, manager).at(-1)?.content ?? "");
  assert.match(unit ?? "", /^After=nftables\.service .*\nBefore=k3s\.service k3s-agent\.service$/m);
  assert.match(
    unit ?? "",
    /^ExecStartPre=\/etc\/k3s-lab\/node-guard load\nExecStart=\/etc\/k3s-lab\/node-guard watch$/m,
  );
  assert.not.match(unit ?? "", /PartOf|Requires|BindsTo|ExecStop/);
  assert.match(script ?? "", /after firewall nftables .*\n {2}before k3s k3s-agent\n/);
  // k3s-killall.sh stops k3s*.
  assert.not.match(nodeGuardFiles(options, "systemd").at(-1)?.path ?? "", /\/k3s[^/]*$/);
});

test("the program is the same for every cluster; what it sources says which one", () => {
  const of = (cidr: string) =>
    new Map(
      nodeGuardFiles({ ...options, podCidr: parseCidr(cidr) }, "systemd").map(({ path, content }) => [path, content]),
    );
  const [one, other] = [of("10.42.0.0/16"), of("10.50.0.0/16")];
  assert.is(one.get("/etc/k3s-lab/node-guard"), other.get("/etc/k3s-lab/node-guard"));
  assert.match(one.get("/etc/k3s-lab/node-guard.conf") ?? "", /^POD_CIDR='?10\.42\.0\.0\/16'?$/m);
  assert.match(other.get("/etc/k3s-lab/node-guard.conf") ?? "", /^POD_CIDR='?10\.50\.0\.0\/16'?$/m);
});

test("what the program uses, the file that it sources sets", () => {
  const content = (path: string) =>
    nodeGuardFiles(options, "systemd").find((file) => file.path === path)?.content ?? "";
  const used = content("/etc/k3s-lab/node-guard").matchAll(/\$\{?([A-Z_]{2,})/g);
  const set = [...content("/etc/k3s-lab/node-guard.conf").matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
  assert.equal(
    [...new Set([...used].map(([, name]) => name))].filter((name) => name !== "PATH").toSorted(),
    set.toSorted(),
  );
});

test("the start waits for the watch", () => {
  for (const manager of managers) {
    assert.match(nodeGuardStartScript(manager), "lab-node-guard");
    assert.match(nodeGuardStartScript(manager), "set -- /run/k3s-lab/node-guard.pid\n");
  }
});

test("the look asks for the link by which each service manager starts it at boot", () => {
  assert.match(nodeGuardSeeScript(options, "systemd"), "multi-user.target.wants/lab-node-guard.service");
  assert.match(nodeGuardSeeScript(options, "openrc"), "/etc/runlevels/default/lab-node-guard");
});

test.run();
