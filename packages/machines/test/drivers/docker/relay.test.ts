import { suite } from "uvu";
import * as assert from "uvu/assert";
import { portsOf } from "../../../src/drivers/docker/commands.js";
import { describeRelay, madeWith, relayArgs } from "../../../src/drivers/docker/relay.js";
import { daemonWith } from "./daemon-with.js";
import { hardware, severalOf, valuesOf } from "./sample.js";

const test = suite("machines docker relay");

const wanted = { docker: severalOf(hardware), sharedAddress: "10.76.0.14" };
const args = relayArgs("0123ab", wanted);

test("the relay publishes what the only server would, and sends it to the servers' address", () => {
  assert.equal(valuesOf("--publish", args), portsOf(hardware));
  assert.equal(valuesOf("--ip", args), ["10.76.0.15"]);
  assert.equal(args.slice(-2), ["10.76.0.15", "10.76.0.14"]);
});

test("it may change its own network alone, is known as the lab's and as no node's, and never starts by itself", () => {
  assert.not.ok(args.includes("--privileged"));
  assert.equal([...valuesOf("--cap-drop", args), ...valuesOf("--cap-add", args)], ["ALL", "NET_ADMIN"]);
  assert.equal(valuesOf("--label", args), ["k3s-lab.lab=0123ab"]);
  assert.equal(valuesOf("--restart", args), ["no"]);
});

const network = { "/networks/k3s-lab-0123ab": { Id: "n2" } };
const made = madeWith("0123ab", wanted);

for (const [state, what, things] of [
  ["absent", "there is none", {}],
  ["running", "it runs", { Status: "running", NetworkID: "n2", made }],
  ["stopped", "it has ended", { Status: "exited", NetworkID: "n2", made }],
  ["outdated", "its network was removed and made again", { Status: "running", NetworkID: "n1", made }],
  ["outdated", "it publishes other ports", { Status: "running", NetworkID: "n2", made: "other" }],
] as const) {
  test(`a relay is told as ${state} where ${what}, with the ports that it has of this host`, async () => {
    const container = "made" in things && {
      State: { Status: things.Status },
      Config: { Labels: { "k3s-lab.made-with": things.made } },
      NetworkSettings: { Networks: { "k3s-lab-0123ab": { NetworkID: things.NetworkID } } },
    };
    using _daemon = await daemonWith({
      ...network,
      ...(container && { "/containers/k3s-lab-0123ab.relay/json": container }),
    });
    const seen = await describeRelay("0123ab", wanted);
    assert.equal(seen, { state, ports: [40001, 40002], to: "10.76.0.14" });
  });
}

test("one server has no relay", async () => {
  assert.is(await describeRelay("0123ab", { docker: hardware }), undefined);
});

test.run();
