import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type DaemonInfo, refusalOf } from "../src/daemon.js";
import { isPodmans, silent, wayIn } from "../src/daemon-faults.js";
import { refuseRemote } from "../src/endpoint.js";

const test = suite("docker daemon");

const endpoint = "unix:///var/run/docker.sock";
const here = { platform: "linux", kernel: "6.1.0-28-amd64" } as const;
// As Debian 12's Docker prints it.
const debian: DaemonInfo = {
  ServerVersion: "20.10.24+dfsg1",
  SecurityOptions: ["name=seccomp,profile=default"],
  KernelVersion: here.kernel,
  OperatingSystem: "Debian GNU/Linux 12 (bookworm)",
};
const refusal = (info: Partial<DaemonInfo>) => refusalOf({ ...debian, ...info }, endpoint, here)?.message ?? "";

test("a Docker of this host's kernel will do, however old or new within reason", () => {
  for (const ServerVersion of ["20.10.0", "20.10.24+dfsg1", "23.0.0", "28.2.2", "29.0.0-rc.1"]) {
    assert.is(refusal({ ServerVersion }), "", ServerVersion);
  }
  assert.is(refusal({ SecurityOptions: ["name=apparmor", "name=seccomp,profile=builtin", "name=cgroupns"] }), "");
});

test("what cannot carry a lab is refused by its name, with what to do", () => {
  assert.match(
    refusal({ SecurityOptions: ["name=seccomp,profile=default", "name=rootless"] }),
    /is rootless.*Use a Docker Engine that runs as root/,
  );
  assert.match(refusal({ SecurityOptions: ["name=userns"] }), /userns-remap.*daemon\.json/);
  assert.match(refusal({ ServerVersion: "19.03.15" }), /Docker is 19\.03\.15, expected 20\.10 or later/);
  assert.match(refusal({ ServerVersion: "4.9.3" }), /Podman 4\.9\.3 answers/);
  assert.match(refusal({ ServerVersion: "5.4.0" }), /Podman/);
});

test("Docker Desktop's virtual machine is another machine on Linux, and is meant to be one elsewhere", () => {
  const desktop = { ...debian, KernelVersion: "6.10.14-linuxkit", OperatingSystem: "Docker Desktop" };
  assert.match(refusal(desktop), /runs on another kernel \(Docker Desktop, 6\.10\.14-linuxkit\)/);
  // In WSL all distributions have one kernel.
  const beside = refusal({ OperatingSystem: "Docker Desktop" });
  assert.match(beside, /is Docker Desktop's, whose networks are not on this system.*WSL integration/);
  assert.is(refusalOf(desktop, endpoint, { ...here, platform: "darwin", kernel: "24.5.0" }), undefined);
});

test("a remote daemon is refused before it is asked", () => {
  assert.throws(() => refuseRemote("ssh://ann@far"), /ssh:\/\/ann@far.*docker context use default/);
  assert.throws(
    () => refuseRemote("tcp://127.0.0.1:2375"),
    /expected a socket.*may lead to any other.*unset DOCKER_HOST/,
  );
  assert.throws(() => refuseRemote("/run/docker.sock"), /Write DOCKER_HOST=unix:\/\/\/run\/docker\.sock\./);
  assert.is(refuseRemote(endpoint), undefined);
});

test("a silent daemon is told from a socket that this user may not use", () => {
  const denied = Object.assign(new Error("connect EACCES /var/run/docker.sock"), { code: "EACCES" });
  assert.is(silent(endpoint, denied).id, "LAB-DKR-003");
  assert.match(silent(endpoint, denied).message, /usermod -aG docker/);
  assert.is(silent(endpoint, Object.assign(new Error("connect ENOENT /x"), { code: "ENOENT" })).id, "LAB-DKR-004");
});

test("who may not use the socket is told what is missing: the group, being in it, or a session that knows of it", () => {
  const group = { id: 998, name: "docker", members: ["ann"] };
  const user = { name: "ann", sessionGroups: [1000] };
  assert.match(
    wayIn({ ...user, group }),
    /^ann is in the group docker, but was not when this session began: log in again.*newgrp docker/,
  );
  assert.match(wayIn({ ...user, name: "bob", group: { ...group, name: "containers" } }), /usermod -aG containers/);
  assert.match(
    wayIn({ ...user, group: { id: 0, name: "root", members: [] } }),
    /open to root alone.*groupadd.*usermod -aG docker/,
  );
  assert.match(wayIn(user), /^Run: sudo usermod -aG docker/);
});

test("a docker that is Podman's is told from Docker's own", () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-docker-"));
  const file = join(dir, "docker");
  // As podman-docker installs it on Debian 12.
  writeFileSync(
    file,
    '#!/usr/bin/sh\n[ -e /etc/containers/nodocker ] || \\\necho "Emulate Docker CLI using podman." >&2\nexec /usr/bin/podman "$@"\n',
  );
  assert.is(isPodmans(file), true);
  writeFileSync(file, "\u007fELF podman");
  assert.is(isPodmans(file), false);
  assert.is(isPodmans(join(dir, "none")), false);
  assert.is(isPodmans(undefined), false);
  rmSync(dir, { recursive: true });
});

test.run();
