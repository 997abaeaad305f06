import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ruby, rubyArguments } from "../../../src/drivers/vagrant/ruby.js";

const test = suite("vagrant ruby");

test("a string stays what it is, whatever Ruby would read into it", () => {
  assert.is(ruby("en0: Wi-Fi (AirPort)"), "'en0: Wi-Fi (AirPort)'");
  assert.is(ruby("#{exit} \\ O'Brien\\"), String.raw`'#{exit} \\ O\'Brien\\'`);
});

test("a line break is refused: it would end the line that a reader sees", () => {
  assert.throws(
    () => ruby("br0'\nsystem('x')"),
    (error: unknown) => error instanceof Problem && error.exitCode === 2,
  );
});

test("numbers and switches are written as they are", () => {
  assert.is(
    rubyArguments({ bridge: "br0", memory: 4096, auto_config: false }),
    "bridge: 'br0', memory: 4096, auto_config: false",
  );
});

test.run();
