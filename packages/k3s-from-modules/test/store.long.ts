// What three nodes write in a week, replayed into the store: a Go test of it, which `npm test` runs with a fortieth of that.
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compiling, tags } from "../src/parts.js";
import { sources } from "../src/release.js";

const test = suite("store of k3s from modules");

const renewals = 200_000;
const minutes = 50;

test(`${renewals} renewals of leases leave less than 200 MB`, async () => {
  const name = "TestLeaseRenewalsDoNotFillTheDisk";
  // With the build's own flags: others would compile Kubernetes again. Go's own limit is ten minutes for a package.
  const flags = [...compiling, "-tags", tags, "-vet=off", "-count=1", "-v", `-timeout=${minutes}m`, `-run=^${name}$`];
  const { stdout } = await run("go", ["test", ...flags, "./internal/store"], {
    cwd: join(sources, "k3s"),
    env: { CGO_ENABLED: "0", GOWORK: "off", K3S_LAB_RENEWALS: String(renewals) },
    timeout: (minutes + 8) * 60_000,
  });
  assert.match(stdout, `--- PASS: ${name}`);
  const [line = "", megabytes] = new RegExp(`${renewals} renewals: ([\\d.]+) MB`).exec(stdout) ?? [];
  console.log(line);
  assert.ok(Number(megabytes) < 200, stdout);
});

test.run();
