import path from "node:path";

import { run } from "@k3s-lab/exec";

import { buildEnv, parts, tags } from "./parts.js";
import { sources } from "./release.js";

// `go vet` and `go test` of every module, with the flags of the build: others would compile everything again.

interface TestEvent {
  readonly Action: string;
  readonly Package?: string;
  readonly Test?: string;
  readonly Output?: string;
}

let passed = 0;
let failed = 0;

async function go(module: string, args: readonly string[], cgo: boolean): Promise<{ out: string; ok: boolean }> {
  const env = { CGO_ENABLED: cgo ? "1" : "0", GOWORK: "off" };
  const options = { cwd: path.join(sources, module), env, timeout: 30 * 60_000, answers: "any" } as const;
  const { stdout, stderr, exitCode } = await run("go", args, options);
  if (exitCode !== 0) console.error(stderr);
  return { out: stdout, ok: exitCode === 0 };
}

for (const part of parts({ kubernetes: "v0.0.0", containerd: "", runc: "", sources: "" })) {
  const flags = ["-trimpath", "-buildvcs=false", ...(part.tags === tags ? ["-tags", tags] : [])];
  const cgo = buildEnv(part, "amd64", false)["CGO_ENABLED"] === "1";
  if (cgo) continue; // runc: upstream's program and nothing of ours
  const vet = await go(part.module, ["vet", ...flags, "./..."], cgo);
  if (vet.ok) passed++;
  else failed++;
  const tests = await go(part.module, ["test", "-json", ...flags, "./..."], cgo);
  const before = failed;
  for (const line of tests.out.split("\n").filter((l) => l.startsWith("{"))) {
    const event = JSON.parse(line) as TestEvent;
    if (event.Test && event.Action === "pass") passed++;
    if (event.Test && event.Action === "fail") failed++;
    if (event.Action === "output" && /--- FAIL|_test\.go:\d+|panic:/.test(event.Output ?? ""))
      process.stderr.write(event.Output ?? "");
  }
  if (!tests.ok && failed === before) failed++; // a package that does not compile
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
