import { Facts } from "@k3s-lab/steps";
import type { PickedResolvers } from "../../src/ask/pick-resolvers.js";
import type { Answer } from "../../src/ask/question.js";
import { decideHostNetwork, namesNeeded, pickResolvers } from "../../src/index.js";
import { desktop } from "../fixtures/hosts.js";
import { labOf } from "../fixtures/labs.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network pick resolvers");

interface Case {
  readonly yaml?: string;
  readonly nameservers?: readonly string[];
  readonly known?: readonly string[];
  readonly insteadOf?: readonly string[];
}

/** Picks as a plan does; what would ask fails, since this host lies in memory. */
async function plan({ yaml = "", nameservers = ["192.168.1.53"], known: resolvers, insteadOf }: Case) {
  const known = resolvers && { resolvers, ...(insteadOf && { insteadOf }) };
  const lab = await labOf(yaml);
  const network = decideHostNetwork(lab, { ...desktop, nameservers });
  const assumed: string[] = [];
  const assume = (word: string, condition: string) => void assumed.push(`${word} ${condition}`);
  const note = () => assert.unreachable();
  const picked = await pickResolvers({ lab, network, known, mayAsk: false, note, assume, facts: new Facts() });
  return [picked.resolvers, assumed];
}

test("a plan takes the best, on condition that it answers where another one could take its place", async () => {
  assert.equal(await plan({}), [["192.168.1.53"], ["192.168.1.53 if it answers"]]);
  assert.equal(await plan({ nameservers: ["192.168.1.1"] }), [["192.168.1.1"], []], "the router itself");
  const yaml = "network: { nameservers: [9.9.9.9] }\n";
  assert.equal(await plan({ yaml }), [["9.9.9.9"], []]);
});

test("what was picked before stays while it is offered", async () => {
  const nameservers = ["192.168.1.53", "192.168.1.54"];
  assert.equal(await plan({ nameservers, known: ["192.168.1.54"] }), [["192.168.1.54"], []], "the one that answered");
  assert.equal((await plan({ known: ["192.168.9.9"] }))[0], ["192.168.1.53"], "of another network");
  assert.equal((await plan({ known: [] }))[0], ["192.168.1.53"]);
});

test("of a whole record nothing but the servers stays: its LAN, gateway and search may have changed since", async () => {
  const lab = await labOf("");
  const network = decideHostNetwork(lab, { ...desktop, nameservers: ["192.168.1.53"] });
  const other = { lan: { kind: "private" }, gateway: "10.9.9.1", search: ["gone.example"], machines: [] };
  const unheard = () => assert.unreachable();
  const pick = async (servers: PickedResolvers) => {
    const known = { ...other, ...servers };
    return pickResolvers({ lab, network, known, mayAsk: false, note: unheard, assume: unheard, facts: new Facts() });
  };
  assert.equal(await pick({ resolvers: ["192.168.1.53"] }), { resolvers: ["192.168.1.53"] });
  const fallback = { resolvers: ["192.168.1.1"], insteadOf: ["192.168.1.53"] };
  assert.equal(await pick(fallback), fallback);
});

test("what was picked as second best stays until others are first", async () => {
  const fallback = { known: ["192.168.1.1"], insteadOf: ["192.168.1.53"] };
  assert.equal(await plan(fallback), [["192.168.1.1"], []]);
  assert.equal((await plan({ ...fallback, nameservers: ["192.168.1.54"] }))[0], ["192.168.1.54"]);
});

test("where no server knew a name, they are asked again, and that is repeated until one does", async () => {
  const lab = await labOf("");
  const network = decideHostNetwork(lab, { ...desktop, nameservers: ["192.168.1.53"] });
  const known: PickedResolvers = { resolvers: ["192.168.1.53"], noneKnew: true };
  const pick = async (may: { mayAsk?: boolean; mayAskAgain?: boolean }, answers: Readonly<Record<string, Answer>>) => {
    const notes: string[] = [];
    const asked: string[] = [];
    const picked = await pickResolvers({
      lab,
      network,
      known,
      mayAsk: false,
      ...may,
      note: (message) => void notes.push(message),
      assume: () => assert.unreachable(),
      facts: new Facts(),
      ask: async (servers) => {
        asked.push(...servers);
        return new Map(Object.entries(answers));
      },
    });
    return { picked, notes: notes.join(), asked };
  };
  const dead = { "192.168.1.53": "does not answer", "192.168.1.1": "answers NXDOMAIN" } as const;
  const planned = await pick({}, dead);
  assert.equal([planned.picked, planned.asked], [known, []], "a plan asks nobody");
  assert.match(planned.notes, "no server that nodes can ask knew registry-1.docker.io or github.com");
  for (const may of [{ mayAsk: true }, { mayAskAgain: true }]) {
    const still = await pick(may, dead);
    assert.equal([still.picked, still.asked], [known, ["192.168.1.53", "192.168.1.1"]]);
    assert.match(
      still.notes,
      "no server that nodes can ask knows registry-1.docker.io or github.com: 192.168.1.53 does",
    );
    const back = await pick(may, { ...dead, "192.168.1.53": "knows it" });
    assert.equal([back.picked, back.notes], [{ resolvers: ["192.168.1.53"] }, ""]);
    const other = await pick(may, { ...dead, "192.168.1.1": "knows it" });
    assert.equal(other.picked, { resolvers: ["192.168.1.1"], insteadOf: ["192.168.1.53"] });
  }
});

test("what lab.yaml names is taken as it is, in its order", async () => {
  const yaml = "network: { nameservers: [9.9.9.9, 1.1.1.1] }\n";
  assert.equal((await plan({ yaml, known: ["1.1.1.1", "9.9.9.9"] }))[0], ["9.9.9.9", "1.1.1.1"]);
  assert.equal((await plan({ yaml, known: ["9.9.9.9"] }))[0], ["9.9.9.9", "1.1.1.1"]);
});

test("the names asked for are those that the lab itself needs", async () => {
  const names = async (yaml: string) => namesNeeded(await labOf(yaml));
  assert.equal(await names(""), ["registry-1.docker.io", "github.com"]);
  const corp =
    "registry: { image: registry.corp:5000/mirror/registry:3 }\ncluster: { baseUrl: https://files.corp/k3s }\n";
  assert.equal(await names(corp), ["registry.corp", "files.corp"]);
  const addresses = "registry: { image: 192.168.1.5:5000/registry:3 }\ncluster: { baseUrl: http://localhost:8080 }\n";
  assert.equal(await names(addresses), []);
});

test.run();
