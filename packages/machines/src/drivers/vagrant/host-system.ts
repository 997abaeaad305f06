import { posix, win32 } from "node:path";
import type { HostSystem } from "@k3s-lab/host";

/**
 * Returns where VBoxManage may be, best first. A bare name is looked up on PATH, where Windows' installer does not put it.
 */
export function vboxManagePaths({ platform, env }: HostSystem): readonly string[] {
  if (platform === "win32") {
    const installed = env.VBOX_MSI_INSTALL_PATH ?? env.VBOX_INSTALL_PATH;
    const programs = env.ProgramFiles ?? String.raw`C:\Program Files`;
    return [
      ...(installed === undefined ? [] : [win32.join(installed, "VBoxManage.exe")]),
      win32.join(programs, "Oracle", "VirtualBox", "VBoxManage.exe"),
      "VBoxManage.exe",
    ];
  }
  if (platform === "darwin") return ["VBoxManage", "/Applications/VirtualBox.app/Contents/MacOS/VBoxManage"];
  return ["VBoxManage"];
}

/** Returns the folder for the sockets of a lab's connections: a socket's path has at most about 100 characters. */
export function socketDir({ platform, env }: HostSystem, labId: string): string {
  const base = platform === "darwin" ? "/tmp" : (env.XDG_RUNTIME_DIR ?? "/tmp");
  return posix.join(base, `k3s-lab-${labId}`);
}
