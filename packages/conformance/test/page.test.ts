import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderPage } from "../src/page.js";
import { ownPart } from "../src/parts.js";

const test = suite("page of conformance");
const page = {
  k3s: "v1.34.4+modules",
  suite: "v1.34.4",
  machine: "AMD EPYC, 2 cores",
  nodes: [
    { name: "multi", kubelet: "v1.34.4+modules", system: "Debian", kernel: "6.1", runtime: "containerd://2.2.9" },
  ],
  outcomes: [
    {
      part: { ...ownPart("a"), title: "First" },
      result: {
        id: "a",
        date: "2026-11-29",
        seconds: 150,
        specs: [
          { name: "[sig-a] one", state: "passed" },
          { name: "[sig-a] two", state: "passed", attempts: 2 },
          { name: "[sig-a] three", state: "failed", message: "no\nanswer | at all" },
          { name: "[sig-a] four", state: "skipped", message: "no GPU" },
          { name: "[sig-a] five", state: "skipped", message: "no GPU" },
        ],
      },
    },
    { part: { ...ownPart("b"), title: "Second" }, leftOut: "the cluster has no StorageClass local-path" },
  ],
  circumstances: { hasSctp: false },
} as const;

test("it has version, date, machine and nodes, and counts the specs of each part", () => {
  const text = renderPage(page);
  assert.match(
    text,
    /tests, v1\.34\.4, against K3s v1\.34\.4\+modules, on 2026-11-29, all nodes on one machine: AMD EPYC/,
  );
  assert.match(text, "| multi | v1.34.4+modules | Debian | 6.1 | containerd://2.2.9 |");
  assert.match(text, "| First | 3 | 2 | 1 | 2 | 3 |");
  assert.match(text, "| Second | not run |");
  assert.match(text, "Second was not run: the cluster has no StorageClass local-path.");
});

test("it names each failure with its reason, and what passed when it was run again", () => {
  const text = renderPage(page);
  assert.match(text, "- \\[sig-a\\] three: no answer \\| at all\n");
  assert.match(text, "- \\[sig-a\\] two: at attempt 2\n");
  assert.match(text, "| 2 | no GPU |");
});

test("without failures it says so, and has no empty lists", () => {
  const [first] = page.outcomes;
  const specs = [{ name: "one", state: "passed" }] as const;
  const text = renderPage({ ...page, outcomes: [{ ...first, result: { ...first.result, specs } }] });
  assert.match(text, "## Failures\n\nNone.\n");
  assert.not.match(text, "## Skipped");
  assert.not.match(text, "## Passed when run again");
});

test("several days are a period; another cluster's machine is not known", () => {
  const [first] = page.outcomes;
  const other = { ...first, result: { ...first.result, date: "2026-12-01" } };
  const text = renderPage({ ...page, machine: undefined, outcomes: [other, first] });
  assert.match(text, "from 2026-11-29 to 2026-12-01.");
  assert.not.match(text, "machine");
});

test("specs of SCTP that were left out are told, where the kernel is known to lack it", () => {
  const outcomes = page.outcomes.map((outcome) => ({ ...outcome, part: { ...outcome.part, sctp: "SCTP" } }));
  const leftOut = "First was run without its specs of SCTP";
  assert.match(renderPage({ ...page, outcomes }), leftOut);
  assert.not.match(renderPage({ ...page, outcomes, circumstances: { hasSctp: undefined } }), leftOut);
  assert.not.match(renderPage(page), leftOut);
});

test.run();
