/** All paths below are relative to `.lab/vagrant`, with `/` on every host, as Ruby and Vagrant expect. */
export const vagrantfilePath = "Vagrantfile";

export function guestScriptPath(name: string): string {
  return `guest/${name}.sh`;
}

/** Returns the path of what `vagrant ssh-config` printed after a machine's last boot. */
export function sshConfigPath(name: string): string {
  return `ssh/${name}`;
}

/** Returns the path of the settings that a machine was last started with. */
export function startedWithPath(name: string): string {
  return `started/${name}`;
}

/** Vagrant's own folder of the machines that it knows. */
export const vagrantMachinesDir = ".vagrant/machines";

/** Returns the path of Vagrant's own file with the hypervisor's id of a machine. */
export function vagrantIdPath(name: string, provider: string): string {
  return `${vagrantMachinesDir}/${name}/${provider}/id`;
}

/** Paths and names in a guest. */
export const guestPlaces = {
  dir: "/etc/k3s-lab",
  /** The interface on the LAN and what it should have, as variables of a shell. */
  lan: "/etc/k3s-lab/lan",
  /** What /etc/resolv.conf should be. */
  resolvers: "/etc/k3s-lab/resolv.conf",
  /** Tells which guest script has run to its end. */
  setUpBy: "/etc/k3s-lab/set-up-by",
  keeper: "/usr/local/sbin/k3s-lab-network",
  service: "k3s-lab-network",
} as const;
