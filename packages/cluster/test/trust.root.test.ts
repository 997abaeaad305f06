// The script by which a node learns what to trust, over empty folders of its own.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import { rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster: trust");
const rootTest = rootOnly("cluster: trust", test);
const script = fileURLToPath(new URL("../shell/trust.sh", import.meta.url));
const authority = readFileSync(new URL("../../host/test/fixtures/expired.pem", import.meta.url), "utf8");

rootTest(
  "a list that was half written when lab:up was killed is removed, whichever way the next one takes",
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "k3s-lab-trust-"));
    try {
      // Debian's program is not what is tested, and not on every host.
      writeFileSync(join(dir, "update-ca-certificates"), "#!/bin/sh\n");
      chmodSync(join(dir, "update-ca-certificates"), 0o755);
      const inside = `
      mount -t tmpfs none /etc/ssl/certs; mount -t tmpfs none /usr/local/share
      mkdir -p /usr/local/share/ca-certificates; cd /etc/ssl/certs
      touch ca-certificates.crt ca-certificates.crt.part
      [ "$3" = new ] || touch /usr/local/share/ca-certificates/k3s-lab-1.crt
      sh "$1" "$2/record"; ls *.part || true; ls /usr/local/share/ca-certificates`;
      for (const node of ["new", "known"]) {
        const words = ["-m", "--propagation", "private", "sh", "-ec", inside, "sh", script, dir, node];
        const { stdout } = await run("unshare", words, {
          input: authority,
          env: { PATH: `${dir}:${process.env.PATH}` },
        });
        assert.is(stdout, "k3s-lab-1.crt", node);
        assert.is(readFileSync(join(dir, "record"), "utf8"), authority);
      }
    } finally {
      rmSync(dir, { recursive: true });
    }
  },
);

test.run();
