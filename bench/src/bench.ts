#!/usr/bin/env node
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { run } from "@k3s-lab/exec";
import { requireRoot } from "@k3s-lab/machines";
import { exitCode, Problem } from "@k3s-lab/problem";
import { callersFolder, runCommand } from "@k3s-lab/scripts/run-command";
import { describeHost } from "@k3s-lab/testbed";
import type { Benchmark, Measured } from "./benchmark.js";
import { checkNothingToDo } from "./check-nothing-to-do.js";
import { compare } from "./compare.js";
import { measureParts } from "./measure-parts.js";
import { lastRecord, writeRecord } from "./record.js";
import { renderComparison, renderText } from "./render-text.js";
import { root } from "./root.js";
import { agentsIn, measureScale, usualAgents } from "./scale.js";
import { drawWaterfall } from "./waterfall/waterfall.js";

const spec = {
  script: "bench",
  does: "Times the commands on labs of its own, beside the raw tools doing the same by hand, with warm caches. Ends with 1 where a lab:up with nothing to do takes more than 1.3 times as long as lab:plan. `scale` measures labs of more and more agents instead. `waterfall` draws one lab:up, as a page: waterfall.html, or FILE.",
  operands: "[scale|waterfall] [FILE]",
  withoutLab: true,
  flags: {
    json: { does: "print JSON" },
    rounds: { value: "N", does: "how often each is measured; default: 5, of scale 1" },
    agents: { value: "N,N", does: `of scale: how many agents the labs have; default: ${usualAgents}` },
    "push-1gb": { does: "measure only the push of 1 GB, beside skopeo" },
    cold: { does: "measure only the first lab:up, K3s compiled and K3s from the package, which takes minutes" },
    record: { does: "write bench/results/<date>.json, and docs/benchmarks.md" },
    compare: { does: "end with 1 where a ratio is more than 5 % worse than the last recorded one, and no run as good" },
  },
  examples: [
    ["--json", "for a program"],
    ["--compare", "has anything become slower?"],
    ["scale --agents 1,10", "what more nodes cost"],
    ["waterfall up.html", "where the time of a lab:up goes"],
  ],
} as const;

await runCommand(spec, async ({ flag, value, operands: [what, file = "waterfall.html"], command, signal }) => {
  const isScale = what === "scale";
  if (what !== undefined && what !== "waterfall" && !isScale) {
    throw new Problem("LAB-CLI-001", command, `knows no ${what}, expected scale or waterfall`);
  }
  if (value("agents") !== undefined && !isScale) {
    throw new Problem("LAB-CLI-001", command, "--agents belongs to scale, expected `bench scale --agents N,N`");
  }
  const agents = agentsIn(command, value("agents") ?? usualAgents);
  const rounds = Number(value("rounds") ?? (isScale ? "1" : "5"));
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Problem("LAB-CLI-001", command, `--rounds is ${value("rounds")}, expected a number from 1`);
  }
  requireRoot("bench");
  if (what === "waterfall") {
    const page = resolve(callersFolder(), file);
    writeFileSync(page, await drawWaterfall(signal));
    console.log(page);
    return exitCode.done;
  }
  const tell = (message: string) => console.error(`bench: ${message}`);
  const parts = { pushOf1Gb: flag("push-1gb"), cold: flag("cold") };
  const last = flag("compare") ? lastRecord(root) : undefined;
  if (flag("compare") && last === undefined) {
    tell("nothing was recorded to compare with; `npm run bench -- --record` makes a record");
    return exitCode.failed;
  }
  const date = new Date().toISOString().slice(0, 10);
  const measured: Measured = { date, commit: await commit(), host: describeHost() };
  const found = isScale
    ? await measureScale({ agents, rounds, signal, tell })
    : await measureParts({ ...parts, rounds, signal, tell });
  const rows = found.map((row) => ({ ...row, measured }));
  const now: Benchmark = { date, rows };
  const compared = last === undefined ? [] : compare(last, rows);
  console.log(flag("json") ? JSON.stringify({ ...now, compared }, undefined, 2) : renderText(rows));
  if (flag("record")) tell(`wrote ${(await record(now)).join(" and ")}`);
  if (last !== undefined) tell(renderComparison(compared, last));
  const slow = checkNothingToDo(rows);
  if (slow !== undefined) console.error(slow);
  return slow === undefined && compared.every(({ verdict }) => verdict === "as before")
    ? exitCode.done
    : exitCode.failed;
});

/** Names what is measured: a commit, and whether the work tree differs from it. */
async function commit(): Promise<string> {
  return (await run("git", ["describe", "--always", "--dirty", "--abbrev=10"], { cwd: root })).stdout;
}

/** Records, and lets the formatter have its way with the record, as with every JSON file here. */
async function record(now: Benchmark): Promise<readonly string[]> {
  const [file, page] = writeRecord(root, now);
  await run("node_modules/.bin/oxfmt", [file], { cwd: root });
  return [file, page];
}
