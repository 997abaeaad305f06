import { shellWord } from "@k3s-lab/exec";
import type { NodeFile } from "../../../node-files.js";
import { sha256 } from "@k3s-lab/host";
import { guestPlaces } from "../places.js";
import { type GuestFile, guestFiles, type GuestNetwork, guestShell } from "./guest-files.js";

const end = "K3S_LAB_END";

/**
 * Renders the script that a guest runs as root: it finds out which programs manage the guest's network, and writes the
 * files for those. It is one file, since Vagrant takes only one: what differs between guests precedes
 * `shell/guest/guest.sh`. `others`: files that the checksum does not cover, because they are checked on their own.
 */
export function guestScript(network: GuestNetwork, others: readonly GuestFile[] = []): string {
  const script = scriptFor(network);
  return [
    "#!/bin/sh",
    "# Gives this machine its address, its one default route and its resolver, for good. Written by k3s-lab; run as root.",
    `sum=${sha256(script)}`,
    script,
    ...others.map(writeFile),
  ].join("\n");
}

/** Returns the file in a guest that shows which script has run to its end there. */
export function setUpRecord(network: GuestNetwork): NodeFile {
  return { path: guestPlaces.setUpBy, content: `${sha256(scriptFor(network))}\n`, script: guestScript(network) };
}

function scriptFor(network: GuestNetwork): string {
  const files = guestFiles(network).map(writeFile).join("");
  return `mac=${shellWord(network.mac.toLowerCase())}\nwrite_files() {\n${files}}\n\n${guestShell("guest.sh")}`;
}

function writeFile({ path, content, mode, where, block }: GuestFile): string {
  const put = block === undefined ? `put ${path} ${mode.toString(8)}` : `block ${path} ${block}`;
  const condition = where === undefined ? "" : `! has ${where.join(" ")} || `;
  return `${condition}${put} <<'${end}'\n${content}${end}\n`;
}
