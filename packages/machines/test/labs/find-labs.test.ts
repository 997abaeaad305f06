import { suite } from "uvu";
import * as assert from "uvu/assert";
import { labNamesIn } from "../../src/drivers/vagrant/hypervisor.js";
import { findsOf } from "../../src/labs/docker-finds.js";
import { joinFinds } from "../../src/labs/find-labs.js";

const test = suite("machines find-labs");

test("what parts of the host have of a lab is joined by its id", () => {
  const one = { lab: "aaaaaa", name: "multi", provider: "lxc", isRunning: true } as const;
  const other = { lab: "bbbbbb", name: "agent1", provider: "libvirt", isRunning: false } as const;
  const volume = { lab: "aaaaaa", provider: "docker" } as const;
  const finds = [
    { machines: [one], labs: [] },
    { machines: [other], labs: [volume] },
  ];
  assert.equal(joinFinds(finds, new Set(["cccccc", "aaaaaa"])), [
    { id: "aaaaaa", machines: [one], providers: ["lxc", "docker"], hasNetwork: true },
    { id: "bbbbbb", machines: [other], providers: ["libvirt"], hasNetwork: false },
    { id: "cccccc", machines: [], providers: [], hasNetwork: true },
  ]);
});

test("Docker's containers are known by their labels, and a lab by a volume that is left of it", () => {
  const container = (lab: string, node: string, state: string) => ({
    labels: { "k3s-lab.lab": lab, "k3s-lab.node": node },
    state,
  });
  const of = (lab: string) => ({ labels: { "k3s-lab.lab": lab } });
  const { machines, labs } = findsOf(
    [container("0123ab", "multi", "running"), container("0123ab", "agent1", "exited"), container("", "", "created")],
    [of("0123ab"), of("0123ab"), of("ffffff"), { labels: {} }],
  );
  assert.equal(
    machines.map(({ lab, name, isRunning }) => [lab, name, isRunning]),
    [
      ["0123ab", "multi", true],
      ["0123ab", "agent1", false],
    ],
  );
  assert.equal(
    labs.map(({ lab }) => lab),
    ["0123ab", "ffffff"],
  );
});

test("a hypervisor's machines are read for every lab, and no one else's", () => {
  const virsh = "k3s-lab-0123ab-multi\nk3s-lab-0123ab-agent-1\nk3s-lab-xyz-multi\nwindows\n";
  const vboxManage = '"k3s-lab-ffffff-multi" {6b1b3f4e-0000-4000-8000-000000000001}\r\n"a k3s-lab-0123ab-x" {1}\r\n';
  assert.equal(labNamesIn(virsh + vboxManage), [
    { lab: "0123ab", name: "multi" },
    { lab: "0123ab", name: "agent-1" },
    { lab: "ffffff", name: "multi" },
  ]);
});

test.run();
