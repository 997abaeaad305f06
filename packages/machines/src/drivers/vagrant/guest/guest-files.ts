import { dhcpClientFiles } from "./dhcp-clients.js";
import type { GuestFile, GuestNetwork } from "./guest-network.js";
import { keeperFile } from "./keeper.js";
import { lanFiles } from "./lan.js";
import { networkManagerFiles } from "./network-manager.js";
import { serviceFiles } from "./services.js";
import { networkdFiles } from "./systemd-networkd.js";
import { resolvedFiles } from "./systemd-resolved.js";

/** Every file that makes a guest's network last, for whatever the guest runs. */
export function guestFiles(network: GuestNetwork): readonly GuestFile[] {
  return [
    ...lanFiles(network),
    keeperFile,
    ...networkdFiles(network),
    ...resolvedFiles(network),
    ...networkManagerFiles(network),
    ...dhcpClientFiles,
    ...serviceFiles,
  ];
}
