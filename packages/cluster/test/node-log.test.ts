import type { RunOptions } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readNodeLog, timeOf } from "../src/node-log.js";

const test = suite("cluster: node-log");
const { signal } = new AbortController();
const now = Date.parse("2026-11-30T17:00:00Z");

for (const [line, time] of [
  ['time="2026-11-30T16:53:59Z" level=info msg="Starting k3s"', "2026-11-30T16:53:59Z"],
  ['time="2026-11-30T17:53:59+01:00" level=info', "2026-11-30T16:53:59Z"],
  ['time=2026-11-30T16:53:59.215Z level=INFO msg="applied manifest"', "2026-11-30T16:53:59.215Z"],
  ["kube-apiserver: I1130 16:53:59.329003     239 options.go:263] external host", "2026-11-30T16:53:59.329Z"],
  ["I1130 16:53:59.123456    1234 server.go:12] ready", "2026-11-30T16:53:59.123Z"],
  ["E1231 23:59:59.000001       1 x.go:1] last year's", "2025-12-31T23:59:59.000Z"],
] as const) {
  test(`${line} was written at ${time}`, () => {
    assert.is(timeOf(line, now), Date.parse(time));
  });
}

test("a line without a time has none", () => {
  assert.is(timeOf("goroutine 1 [running]:", now), undefined);
});

/** A driver whose machines print these lines, and remember what was run. */
function machineThatPrints(...lines: readonly string[]) {
  const ran: (readonly string[])[] = [];
  return {
    ran,
    driver: {
      exec: async (_: string, argv: readonly string[], { onLine }: RunOptions = {}) => {
        ran.push(argv);
        for (const line of lines) onLine?.(line, "stdout");
        return { exitCode: 0, stdout: "", stderr: "" };
      },
    },
  };
}

const machine = { name: "agent1", role: "agent", address: "", prefixLength: 24, mac: "", interface: "eth0" } as const;

test("systemd leaves out what is older by itself", async () => {
  const { driver, ran } = machineThatPrints("Starting k3s-agent", 'time="2020-01-01T00:00:00Z" old by its own clock');
  const seen: (readonly [string, number | undefined])[] = [];
  const read = (since: number | undefined, follow: boolean) =>
    readNodeLog(driver, machine, { since, follow, signal }, ({ text, at }) => void seen.push([text, at]));
  await read(300, false);
  assert.equal(seen, [
    ["Starting k3s-agent", undefined],
    ['time="2020-01-01T00:00:00Z" old by its own clock', Date.parse("2020-01-01T00:00:00Z")],
  ]);
  await read(undefined, false);
  await read(undefined, true);
  const journal = ["journalctl", "--quiet", "--no-pager", "--unit=k3s-agent", "--output=cat"];
  assert.equal(ran, [
    [...journal, "--lines=all", "--since=-300s"],
    [...journal, "--lines=100"],
    [...journal, "--lines=10", "--follow"],
  ]);
});

test("of OpenRC's file, what is older is left out, with the lines that belong to it", async () => {
  const recent = new Date(Date.now() - 10_000).toISOString();
  const openrc = { ...machine, role: "server", serviceManager: "openrc" } as const;
  const { driver, ran } = machineThatPrints(
    "without a time",
    'time="2020-01-01T00:00:00Z" old',
    "  more of it",
    `time="${recent}" new`,
    "  and more",
  );
  const seen: string[] = [];
  await readNodeLog(driver, openrc, { since: 60, follow: true, signal }, ({ text }) => void seen.push(text));
  assert.equal(seen, [`time="${recent}" new`, "  and more"]);
  assert.equal(ran, [["tail", "-n", "+1", "-F", "/var/log/k3s.log"]]);
});

test.run();
