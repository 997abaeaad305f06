import type { Program } from "@k3s-lab/host";

/** What emulated hosts are made with. */
export const hostPrograms: readonly Program[] = [
  { name: "ip", package: "iproute2", why: "makes the links of an emulated host" },
  { name: "iptables-restore", package: "iptables", why: "loads a FORWARD policy" },
  { name: "nft", package: "nftables", why: "loads a FORWARD policy" },
];

export const dhcpPrograms: readonly Program[] = [
  { name: "dnsmasq", package: "dnsmasq-base", why: "hands out addresses of an emulated LAN" },
];

export const alpinePrograms: readonly Program[] = [
  { name: "busybox", package: "busybox", why: "stands for Alpine's tools" },
];

export const rootfsPrograms: readonly Program[] = [
  { name: "mmdebstrap", package: "mmdebstrap", why: "builds machines of Debian's packages" },
];

export const dockerPrograms: readonly Program[] = [
  { name: "dockerd", package: "docker.io", why: "runs containers on an emulated host" },
];

export const vagrantPrograms: readonly Program[] = [
  { name: "vagrant", package: "vagrant", why: "validates Vagrantfiles and runs virtual machines" },
  { name: "/usr/share/doc/vagrant-libvirt", package: "vagrant-libvirt", why: "runs virtual machines with libvirt" },
];

export const browserPrograms: readonly Program[] = [
  { name: "chromium", package: "chromium", why: "shows the map as a person sees it" },
  {
    name: "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    package: "fonts-dejavu-core",
    why: "has the letters that the browser draws",
  },
];

export const screenPrograms: readonly Program[] = [
  { name: "tmux", package: "tmux", why: "is the terminal that a test sits at" },
];

/** What the programs of the tests need on top of k3s-lab's own. Virtual machines are not among them: they need more. */
export const testPrograms: readonly Program[] = [
  ...hostPrograms,
  ...dhcpPrograms,
  ...alpinePrograms,
  ...rootfsPrograms,
  ...dockerPrograms,
  ...vagrantPrograms,
  ...screenPrograms,
  { name: "zsh", package: "zsh", why: "completes k3s-lab" },
  { name: "fish", package: "fish", why: "completes k3s-lab" },
  ...browserPrograms,
  { name: "openssl", package: "openssl", why: "makes certificates for a test's HTTPS server" },
  { name: "/lib/systemd/systemd-networkd", package: "systemd", why: "restarts beside a lab's rules and routes" },
  { name: "make", package: "make", why: "runs the pipeline of examples/ci" },
  { name: "curl", package: "curl", why: "asks the tutorial's server for an answer" },
  { name: "pgrep", package: "procps", why: "finds processes that should have ended" },
];
