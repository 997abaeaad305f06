import { registriesYaml } from "../src/registries-yaml.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("registry registries-yaml");

test("the lab's registry is reached without a certificate", () => {
  assert.is(
    registriesYaml({ name: "multi:5000", endpoint: "http://10.76.0.10:5000" }),
    `# Written by k3s-lab; the next lab:up writes it again.
mirrors:
  "multi:5000":
    endpoint:
      - "http://10.76.0.10:5000"
`,
  );
});

test.run();
