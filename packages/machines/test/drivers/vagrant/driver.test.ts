import { parseCidr } from "@k3s-lab/ip";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CommandFailed } from "@k3s-lab/exec";
import { LabState } from "@k3s-lab/lab";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { vagrantDriver } from "../../../src/drivers/vagrant/driver.js";
import { reasonIn } from "../../../src/drivers/vagrant/run-vagrant.js";
import { hasNotEntered } from "../../../src/drivers/vagrant/ssh.js";
import type { Machines } from "../../../src/machine.js";
import { NotRunning } from "../../../src/not-running.js";
import { type FakePrograms, fakePrograms } from "./fake-programs.js";
import { plan } from "./sample.js";

const { box, cpus, memory, machines, gateway, resolvers } = plan;
const wanted: Machines = {
  driver: "vagrant",
  machines: machines.map((machine) => ({ ...machine, interface: "eth1" })),
  lan: { kind: "bridge", bridge: "br0", subnet: parseCidr("192.168.1.0/24"), seed: "" },
  gateway,
  resolvers,
  vagrant: { provider: "libvirt", box, cpus, memory, emulate: false },
};

interface Context {
  programs: FakePrograms;
  driver: ReturnType<typeof vagrantDriver>;
  progress: string[];
  up(...names: readonly string[]): Promise<void>;
}

const test = suite<Context>("vagrant driver");

test.before.each((context) => {
  const programs = fakePrograms();
  const lab = { id: "0123ab", state: new LabState(join(programs.dir, ".lab")) };
  const driver = vagrantDriver(lab, { provider: "libvirt", emulate: false }, () => wanted);
  const progress: string[] = [];
  const up = (...names: readonly string[]) => {
    mkdirSync(driver.folder.dir, { recursive: true });
    return driver.up(names, { signal: new AbortController().signal, progress: (said) => progress.push(said) });
  };
  Object.assign(context, { programs, driver, progress, up });
});
test.after.each(({ programs }) => programs[Symbol.dispose]());

const vagrantOnly = (programs: FakePrograms) => programs.said().filter((line) => line.startsWith("vagrant"));

if (process.platform === "win32") {
  console.log("skipped: the programs that stand in for Vagrant and ssh are scripts of a POSIX shell");
} else {
  test("machines come up by one command, are entered by what Vagrant then prints, and tell how far they are", async ({
    programs,
    driver,
    progress,
    up,
  }) => {
    await up("multi", "agent1");
    assert.equal(programs.said(), ["vagrant up multi agent1 --parallel", "vagrant ssh-config multi agent1"]);
    assert.equal(progress, ["multi: Starting domain", "agent1: Starting domain"]);
    assert.equal(await driver.names(), ["agent1", "multi"]);
    assert.is((await driver.exec("agent1", ["echo", "a  b"])).stdout, "a  b");
  });

  test("another size of one node is for the next start of that machine alone", async ({ programs, driver, up }) => {
    await up("multi", "agent1");
    const sized = wanted.machines.map((each) => (each.name === "agent1" ? { ...each, memory: 2048 } : each));
    const lab = { id: "0123ab", state: new LabState(join(programs.dir, ".lab")) };
    const changed = vagrantDriver(lab, { provider: "libvirt", emulate: false }, () => ({ ...wanted, machines: sized }));
    const fitness = (of: typeof driver) => Promise.all(sized.slice(0, 2).map((machine) => of.fitness(machine, true)));
    assert.equal(await fitness(driver), ["fit", "fit"]);
    assert.equal(await fitness(changed), ["fit", "outdated"]);
    const [, agent1] = sized;
    if (agent1 !== undefined) await changed.configure(agent1);
    assert.equal(await fitness(changed), ["fit", "fit"]);
  });

  test("a secret is no argument of any program", async ({ programs, driver, up }) => {
    await up("multi");
    const env = { TOKEN: "K10secret" };
    const { stdout } = await driver.exec("multi", ["sh", "-c", 'echo "$TOKEN"; cat'], {
      env,
      input: "in",
      cwd: "/tmp",
    });
    assert.is(stdout, "K10secret\nin");
    assert.not.match(programs.said().join("\n"), "K10secret");
  });

  test("a file arrives whole, with its mode", async ({ programs, driver, up }) => {
    await up("multi");
    const [from, to] = [join(programs.dir, "from"), join(programs.dir, "in machine/to")];
    writeFileSync(from, Buffer.alloc(3_000_000, "\0\n'x"));
    const told: number[] = [];
    await driver.copyIn("multi", from, to, { mode: 0o750, copied: (bytes) => void told.push(bytes) });
    assert.is(told.at(-1), 3_000_000);
    assert.ok(readFileSync(to).equals(readFileSync(from)));
    assert.is(statSync(to).mode & 0o777, 0o750);
    await driver.write("multi", to, "K10secret", { mode: 0o600 });
    assert.equal([readFileSync(to, "utf8"), statSync(to).mode & 0o777], ["K10secret", 0o600]);
  });

  test("a program's own failure is told as such, and starts nothing else", async ({ programs, driver, up }) => {
    await up("multi");
    const before = vagrantOnly(programs).length;
    const failure = await driver.exec("multi", ["sh", "-c", "echo no >&2; exit 255"]).catch((error: unknown) => error);
    assert.instance(failure, CommandFailed);
    assert.match((failure as CommandFailed).message, /^multi: sh ended with exit code 255:\nno\./);
    assert.is(vagrantOnly(programs).length, before);
  });

  test("a machine that something else has booted is found again, and the program runs once", async ({
    programs,
    driver,
    up,
  }) => {
    await up("multi");
    programs.boot("multi");
    const count = join(programs.dir, "count");
    await driver.exec("multi", ["sh", "-c", 'echo x >>"$1"', "sh", count]);
    assert.is(readFileSync(count, "utf8"), "x\n");
    assert.equal(vagrantOnly(programs).slice(-2), ["vagrant status --machine-readable", "vagrant ssh-config multi"]);
  });

  test("what does not run is not entered; what was never made, Vagrant is not asked about", async ({
    programs,
    driver,
    up,
  }) => {
    const stateOf = (name: string) =>
      driver.exec(name, ["true"]).then(
        () => "running",
        (error: unknown) => (error instanceof NotRunning ? error.state : String(error)),
      );
    assert.is(await stateOf("multi"), "absent");
    assert.equal(programs.said(), []);
    await up("multi", "agent1", "agent2");
    await driver.stop("multi");
    programs.set("agent1", "not_created");
    const names = ["multi", "agent1", "agent2"];
    assert.equal(await Promise.all(names.map(stateOf)), ["stopped", "absent", "running"]);
    const before = vagrantOnly(programs).length;
    assert.equal(await Promise.all(names.map(driver.state)), ["stopped", "absent", "running"]);
    assert.is(vagrantOnly(programs).length, before + 1, "asked once for all");
  });

  test("a machine that Vagrant has no record of gives way to the one of its name", async ({ programs, up }) => {
    programs.set("multi", "shutoff");
    await up("multi");
    assert.equal(programs.said().slice(0, 2), [
      "virsh destroy k3s-lab-0123ab-multi",
      "virsh undefine k3s-lab-0123ab-multi --remove-all-storage --nvram --snapshots-metadata",
    ]);
  });

  test("a machine goes by Vagrant where it knows it, and by its name where the folder is gone", async ({
    programs,
    driver,
    up,
  }) => {
    await up("multi");
    const vagrantfile = join(driver.folder.dir, "Vagrantfile");
    mkdirSync(dirname(vagrantfile), { recursive: true });
    writeFileSync(vagrantfile, "config.vm.define 'multi', primary: true do |node|\n");
    await driver.destroy("multi");
    assert.is(programs.said().at(-1), "vagrant destroy multi --force");
    assert.equal(await driver.names(), []);
    programs.set("agent1", "running");
    await driver.destroy("agent1");
    assert.match(programs.said().at(-1) ?? "", /^virsh undefine k3s-lab-0123ab-agent1 /);
  });

  test("other processors or memory are seen, and taken in by the next start", async ({ driver, up }) => {
    await up("multi");
    const [multi] = wanted.machines;
    assert.ok(multi);
    assert.is(await driver.fitness(multi, true), "fit");
    writeFileSync(join(driver.folder.dir, "started/multi"), "cpus 1\nmemory 4096\n");
    assert.is(await driver.fitness(multi, true), "outdated");
    await driver.configure(multi);
    assert.is(await driver.fitness(multi, true), "fit");
  });

  test("why a machine does not come up is told in Vagrant's words, with the way to try by hand", async ({
    programs,
    up,
  }) => {
    writeFileSync(join(programs.dir, "broken"), "");
    const failure = String(await up("multi").catch((error: unknown) => error));
    assert.match(failure, "multi: vagrant up ended with exit code 1:\nmulti: no room");
    assert.match(failure, "by hand: vagrant up, in ");
  });
}

test("of a plugin's failure its words are shown, not its way through Ruby's files", () => {
  const said =
    "An unexpected error occurred when executing the action on the\n'multi' machine.\n\nCall to virDomainCreate failed: no KVM";
  const trace = Array.from({ length: 30 }, (_, line) => `/usr/lib/ruby/vendor/x.rb:${line}:in 'call'`).join("\n");
  const what = `ended with exit code 1:\n${trace.split("\n").slice(-8).join("\n")}`;
  const reason = reasonIn({ what, stderr: `${said}\n\n${trace}` });
  assert.match(reason, /^ended with exit code 1:\nAn unexpected[^]*virDomainCreate failed: no KVM$/);
  assert.is(
    reasonIn({ what: "ended with exit code 1:\nno room", stderr: "no room" }),
    "ended with exit code 1:\nno room",
  );
});

test("of a failure that Vagrant itself does not expect its words are shown, which follow the place", () => {
  const place = "/usr/share/gems/vagrant-libvirt/create_domain.rb:455:in `rescue in call'";
  const said = "There was an error talking to Libvirt.\n\nCall to virDomainCreate failed: no KVM (LibvirtError)";
  const trace = Array.from({ length: 30 }, (_, line) => `\tfrom /usr/lib/ruby/x.rb:${line}:in \`call'`).join("\n");
  const reason = reasonIn({ what: "ended with exit code 1:\n...", stderr: `${place}: ${said}\n${trace}` });
  assert.is(
    reason,
    "ended with exit code 1:\nThere was an error talking to Libvirt.\nCall to virDomainCreate failed: no KVM (LibvirtError)",
  );
});

test("ssh's own failure before a program runs is not taken for the program's", () => {
  for (const own of [
    "ssh: connect to host 192.168.121.7 port 22: No route to host",
    "kex_exchange_identification: read: Connection reset by peer",
    "Connection timed out during banner exchange",
    "vagrant@127.0.0.1: Permission denied (publickey).",
    '"System is booting up. Unprivileged users are not permitted to log in yet."\nConnection closed by 127.0.0.1 port 22',
  ]) {
    assert.ok(hasNotEntered(255, own), own);
  }
  assert.not.ok(hasNotEntered(255, "curl: connection refused"));
  assert.not.ok(hasNotEntered(1, "ssh: connect to host x port 22: Connection refused"));
});

test.run();
