/** Everything below is relative to `.lab/vagrant`, with `/` on every host: Ruby and Vagrant read it so. */
export const vagrantfilePath = "Vagrantfile";

export function guestScriptPath(name: string): string {
  return `guest/${name}.sh`;
}

/** In a guest. */
export const guestPlaces = {
  dir: "/etc/k3s-lab",
  /** The interface on the LAN and what it should have, as variables of a shell. */
  lan: "/etc/k3s-lab/lan",
  /** What /etc/resolv.conf should be. */
  resolvers: "/etc/k3s-lab/resolv.conf",
  keeper: "/usr/local/sbin/k3s-lab-network",
  service: "k3s-lab-network",
} as const;
