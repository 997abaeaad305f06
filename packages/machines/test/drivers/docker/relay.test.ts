import { suite } from "uvu";
import * as assert from "uvu/assert";
import { portsOf } from "../../../src/drivers/docker/commands.js";
import { relayArgs } from "../../../src/drivers/docker/relay.js";
import { hardware, severalOf, valuesOf } from "./sample.js";

const test = suite("machines docker relay");

const args = relayArgs("0123ab", { docker: severalOf(hardware), sharedAddress: "10.76.0.14" });

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

test.run();
