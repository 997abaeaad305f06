import { closeSync, openSync, readSync, statSync } from "node:fs";
import { programFile, readText, userName } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import { socketOf } from "./endpoint.js";

/** Says why the daemon does not answer, by the error of a request. */
export function silent(endpoint: string, cause: unknown): Problem {
  const { code } = cause as { readonly code?: unknown };
  if (code === "EACCES" || code === "EPERM") {
    return new Problem("LAB-DKR-003", "host", `this user may not use Docker's socket at ${endpoint}`, {
      remedy: wayIn(userOf(socketOf(endpoint) ?? "")),
    });
  }
  if (isPodmans(programFile("docker"))) {
    return new Problem(
      "LAB-DKR-004",
      "host",
      `no Docker daemon answers at ${endpoint}, and the command docker is Podman's here`,
      {
        remedy:
          "Install Docker Engine in its place, see https://docs.docker.com/engine/install/; or write machines.provider: lxc, as root. Nodes do not run in Podman.",
      },
    );
  }
  return new Problem("LAB-DKR-004", "host", `no Docker daemon answers at ${endpoint}`, {
    remedy: "Start it: sudo systemctl start docker; or start Docker Desktop, Colima or whatever provides it here.",
  });
}

/** What of a user decides whether a socket is open to them. */
export interface SocketUser {
  /** The group that may use the socket; undefined where it cannot be seen. */
  readonly group?: { readonly id: number; readonly name: string; readonly members: readonly string[] } | undefined;
  readonly name: string;
  /** The groups that this session began with. */
  readonly sessionGroups: readonly number[];
}

/** Says how a user comes to use a socket that is not open to them. */
export function wayIn({ group, name, sessionGroups }: SocketUser): string {
  if (group === undefined) return 'Run: sudo usermod -aG docker "$USER", then log in again.';
  if (group.id === 0) {
    return 'It is open to root alone. Run: sudo groupadd --force docker && sudo usermod -aG docker "$USER", restart Docker, then log in again.';
  }
  if (group.members.includes(name) && !sessionGroups.includes(group.id)) {
    return `${name} is in the group ${group.name}, but was not when this session began: log in again, or run \`newgrp ${group.name}\` first.`;
  }
  return `Run: sudo usermod -aG ${group.name} "$USER", then log in again.`;
}

function userOf(socket: string): SocketUser {
  const sessionGroups = process.getgroups?.() ?? [];
  const gid = ownerOf(socket);
  const line = readText("/etc/group")
    ?.split("\n")
    .map((each) => each.split(":"))
    .find(([, , id]) => gid !== undefined && id === String(gid));
  const group = line && { id: Number(line[2]), name: line[0] ?? "", members: line[3]?.split(",") ?? [] };
  return { name: userName() ?? process.env.USER ?? "", sessionGroups, ...(group && { group }) };
}

/** The group of a file; undefined where it cannot be seen. */
function ownerOf(file: string): number | undefined {
  try {
    return statSync(file).gid;
  } catch {
    return undefined;
  }
}

/** Tells whether a program is the script that Podman's package installs under Docker's name. */
export function isPodmans(file: string | undefined): boolean {
  if (file === undefined) return false;
  try {
    const descriptor = openSync(file, "r");
    const head = Buffer.alloc(512);
    try {
      readSync(descriptor, head);
    } finally {
      closeSync(descriptor);
    }
    return head.includes("#!") && head.includes("podman");
  } catch {
    return false;
  }
}
