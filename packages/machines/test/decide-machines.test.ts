import { parseCidr } from "@k3s-lab/ip";
import { decideMachines } from "../src/decide-machines.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines decide");

const config = {
  nodes: [
    { name: "multi", role: "server" },
    { name: "agent1", role: "agent" },
  ],
  network: { hostAliases: [] },
  registry: { cache: [] },
} as unknown as Parameters<typeof decideMachines>[0]["config"];

const vagrant = { provider: "libvirt", box: "generic/alpine319", cpus: 2, memory: 4096, emulate: true } as const;
const docker = { apiPort: "auto" as const, registryPort: "auto" as const, ports: [], image: "debian" };
const settings = { mounts: [] as { from: string; to: string; writable: boolean }[], docker, vagrant };
const lab = {
  id: "0123ab",
  file: "/lab/lab.yaml",
  config: { ...config, machines: { provider: "lxc" as const, ...settings } },
};
const virtual = { ...lab, config: { ...lab.config, machines: { provider: "vagrant" as const, ...settings } } };
const dockers = { ...lab, config: { ...lab.config, machines: { provider: "docker" as const, ...settings } } };

const network = {
  lan: { kind: "private" as const, bridge: "lab0", subnet: parseCidr("10.76.0.0/22") },
  gateway: "10.76.0.1",
  resolvers: ["192.0.2.53"],
  addresses: { multi: "10.76.0.10", agent1: "10.76.0.11" },
};

test("each node gets a machine with its address on the LAN", () => {
  const machines = decideMachines(lab, network);
  assert.equal(
    machines.machines.map(({ name, role, address, prefixLength }) => [name, role, address, prefixLength]),
    [
      ["multi", "server", "10.76.0.10", 22],
      ["agent1", "agent", "10.76.0.11", 22],
    ],
  );
  assert.equal([machines.lan, machines.gateway, machines.resolvers], [network.lan, "10.76.0.1", ["192.0.2.53"]]);
});

test("a node's machine may use what lab.yaml gives it", () => {
  const [multi, agent1] = config.nodes;
  const nodes = [multi, { ...agent1, memory: 2048, cpus: 2 }] as typeof config.nodes;
  const { machines } = decideMachines({ ...lab, config: { ...lab.config, nodes } }, network);
  assert.equal(
    machines.map(({ memory, cpus }) => [memory, cpus]),
    [
      [undefined, undefined],
      [2048, 2],
    ],
  );
});

test("folders of the host begin at lab.yaml's folder", () => {
  const mounts = [
    { from: "src", to: "/src", writable: false },
    { from: "/data", to: "/data", writable: true },
  ];
  const mounted = { ...lab, config: { ...lab.config, machines: { ...lab.config.machines, mounts } } };
  assert.equal(
    decideMachines(mounted, network).mounts?.map(({ from }) => from),
    ["/lab/src", "/data"],
  );
  assert.is(decideMachines(lab, network).mounts, undefined);
});

test("several servers in Docker have a relay, and a volume in place of a folder of the host", () => {
  const [multi] = config.nodes;
  const nodes = ["multi", "server2", "server3"].map((name) => ({ ...multi, name })) as typeof config.nodes;
  const addresses = { multi: "10.76.0.10", server2: "10.76.0.11", server3: "10.76.0.12" };
  const all = { ...network, addresses: { ...addresses, "(servers)": "10.76.0.13", "(relay)": "10.76.0.14" } };
  const hardware = { image: "i", apiPort: 1, registryPort: 2, registryNodePort: 5000, ports: [], cache: "/c" };
  const made = decideMachines({ ...dockers, config: { ...dockers.config, nodes } }, all, { docker: hardware });
  assert.equal([made.docker?.relay, made.sharedAddress, made.mounts], ["10.76.0.14", "10.76.0.13", undefined]);
});

test("Docker's containers keep what they are made of, and are not made again as another driver's", () => {
  const hardware = { image: "i", apiPort: 1, registryPort: 2, registryNodePort: 5000, ports: [], cache: "/c" };
  const made = decideMachines(dockers, network, { docker: hardware });
  assert.equal([made.driver, made.docker, made.vagrant], ["docker", hardware, undefined]);
  assert.is(made.machines[0]?.interface, "eth0");
  assert.throws(() => decideMachines(lab, network, { remembered: made }), /machines\.provider/);
});

test("nodes know the host by its name, after what lab.yaml names", () => {
  const alias = { ip: "192.168.1.5", hostnames: ["registry.corp"] };
  const named = { ...lab, config: { ...lab.config, network: { hostAliases: [alias] } } } as unknown as typeof lab;
  const host = { ip: "10.76.0.1", hostnames: ["host.k3s-lab.internal"] };
  assert.equal(decideMachines(named, { ...network, hostAddress: "10.76.0.1" }).hostAliases, [alias, host]);
  assert.is(decideMachines(lab, network).hostAliases, undefined, "the host has no address on the nodes' LAN");
});

test("a node that the network does not know is named", () => {
  const addresses = { multi: "10.76.0.10" };
  assert.throws(
    () => decideMachines(lab, { ...network, addresses }),
    /^agent1: has no address in the lab's network\. Run `npm run lab:up`/,
  );
});

test("virtual machines are what lab.yaml asks for, emulated only where they must", () => {
  const { driver, vagrant: made } = decideMachines(virtual, network);
  assert.equal([driver, made], ["vagrant", { ...vagrant, emulate: false }]);
  assert.is(decideMachines(virtual, network, { emulate: true }).vagrant?.emulate, true);
});

test("what machines have told of themselves is kept, and so is how they are run", () => {
  const first = decideMachines(virtual, network, { emulate: true });
  assert.equal(
    first.machines.map(({ interface: link, serviceManager }) => [link, serviceManager]),
    [
      ["eth1", undefined],
      ["eth1", undefined],
    ],
  );
  const told = first.machines.map((each) => ({ ...each, interface: "ens5", serviceManager: "openrc" as const }));
  const again = decideMachines(virtual, network, { remembered: { ...first, machines: told } });
  assert.equal(again.machines, told);
  assert.is(again.vagrant?.emulate, true);
});

test("a container has the service manager of its root file system, which systemd's need not be recorded for", () => {
  const decided = (inContainer: () => "openrc" | undefined) =>
    decideMachines(lab, network, { inContainer }).machines.map(({ serviceManager }) => serviceManager);
  assert.equal(new Set(decided(() => "openrc")), new Set(["openrc"]));
  assert.equal(decideMachines(lab, network, { inContainer: () => undefined }), decideMachines(lab, network));
});

test("another private network takes other machines: everything in the cluster names their addresses", () => {
  const remembered = decideMachines(lab, network);
  const moved = { ...network, lan: { ...network.lan, subnet: parseCidr("10.99.0.0/24") } };
  const refused = /network\.subnet: is 10\.99\.0\.0\/24, and the machines were made with 10\.76\.0\.0\/22/;
  assert.throws(() => decideMachines(lab, moved, { remembered }), refused);
});

test("other processors or memory are for the next start; another box or driver is refused", () => {
  const remembered = decideMachines(virtual, network);
  const change = (changes: object) => {
    const machines = { provider: "vagrant" as const, ...settings, vagrant: { ...vagrant, ...changes } };
    return () => decideMachines({ ...lab, config: { ...config, machines } }, network, { remembered });
  };
  assert.is(change({ cpus: 4, memory: 8192 })().vagrant?.cpus, 4);
  assert.throws(
    change({ box: "debian/bookworm64" }),
    /lab\.yaml: machines\.vagrant\.box: is debian\/bookworm64, and the machines were made with generic\/alpine319\./,
  );
  assert.throws(
    change({ provider: "virtualbox" }),
    /machines\.vagrant\.provider: is virtualbox, and the machines were made with libvirt/,
  );
  assert.throws(
    () => decideMachines(lab, network, { remembered }),
    /machines\.provider: is lxc, and the machines were made with vagrant/,
  );
  assert.throws(
    () => decideMachines(virtual, network, { remembered: decideMachines(lab, network) }),
    /machines\.provider: is vagrant, and the machines were made with lxc/,
  );
});

test("libvirt's plugin plugs a machine in once and for all", () => {
  const on = (bridge: string) => ({
    ...network,
    lan: { kind: "bridge" as const, bridge, subnet: parseCidr("10.76.0.0/22"), seed: "" },
  });
  const remembered = decideMachines(virtual, on("br0"));
  assert.throws(
    () => decideMachines(virtual, on("br1"), { remembered }),
    /network\.interface: is br1, and the machines were made with br0/,
  );
});

test("the folder of cached images is mounted where lab.yaml asks for caches, and the same one stays", () => {
  const caching = (of: typeof lab) => ({
    ...of,
    config: { ...of.config, registry: { cache: ["docker.io"] } as unknown as typeof of.config.registry },
  });
  const made = decideMachines(caching(lab), network);
  assert.is(made.mounts?.length, 1);
  assert.equal({ ...made.mounts?.[0], from: "" }, { from: "", to: "/var/lib/k3s-lab/registry-cache", writable: true });
  const remembered = {
    ...made,
    mounts: [{ from: "/of/another/user", to: "/var/lib/k3s-lab/registry-cache", writable: true }],
  };
  assert.equal(decideMachines(caching(lab), network, { remembered }).mounts, remembered.mounts);
  assert.equal(
    decideMachines(lab, network, { remembered }).mounts,
    remembered.mounts,
    "without it they would be restarted",
  );
  assert.is(
    decideMachines({ ...caching(lab), config: { ...caching(lab).config, machines: virtual.config.machines } }, network)
      .mounts,
    undefined,
  );
});

test.run();
