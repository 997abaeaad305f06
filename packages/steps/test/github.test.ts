import { suite } from "uvu";
import * as assert from "uvu/assert";
import { annotation, githubReporter } from "../src/github.js";
import { readRecorded, composedUp } from "./recorded/read.js";

const test = suite("steps github");

function listen() {
  const lines: string[] = [];
  return { lines, ...githubReporter((line) => void lines.push(line)) };
}

test("each stage is a group of its own, whatever others report in the meantime", () => {
  const { lines, report, end } = listen();
  for (const { event } of readRecorded(composedUp)) report(event);
  end();
  const groups = lines.filter((line) => line.startsWith("::"));
  assert.equal(
    groups,
    ["host-network", "machines", "cluster", "registry"].flatMap((name) => [`::group::${name}`, "::endgroup::"]),
  );
  let open = "";
  for (const line of lines) {
    if (line.startsWith("::group::")) open = line.slice("::group::".length);
    else if (!line.startsWith("::")) assert.ok(line.startsWith(`${open}: `), `${line} in ${open}`);
  }
  assert.ok(lines.some((line) => line.startsWith("cluster: host: fetch K3s")));
});

test("an error closes the groups, and is an annotation", () => {
  const { lines, report, end } = listen();
  report({ event: "stage-started", stage: "machines" });
  report({ event: "note", stage: "machines", message: "hm" });
  report({ event: "problem", stage: "machines", message: "a: 100 %\nis wrong", id: "LAB-MCH-003", exitCode: 1 });
  report({ event: "stage-ended", stage: "machines", ok: false, ms: 1, actions: 0 });
  end();
  assert.equal(lines, [
    "::group::machines",
    "machines: hm",
    "::endgroup::",
    "::error title=LAB-MCH-003::a: 100 %25%0Ais wrong",
    "a: 100 %\nis wrong",
  ]);
});

test("an interruption is no annotation", () => {
  const { lines, report } = listen();
  report({ event: "problem", stage: "lab:up", message: "interrupted", exitCode: 130 });
  assert.equal(lines, ["interrupted"]);
});

test("what is wrong in a file is shown at its place, by its path in the repository", () => {
  const place = { file: "/w/repo/labs/lab.yaml", line: 3, column: 5, message: "unknown key, colour" };
  assert.is(
    annotation("all of it", "LAB-CFG-006", place, { GITHUB_WORKSPACE: "/w/repo" }),
    "::error title=LAB-CFG-006,file=labs/lab.yaml,line=3,col=5::unknown key, colour",
  );
  assert.is(annotation("a", undefined, undefined, {}), "::error::a");
});

test.run();
