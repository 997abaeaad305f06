import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compare } from "../src/compare.js";
import { recorded } from "./rounds.js";

const test = suite("bench comparison");
type Runs = readonly [min: number, median: number, max: number];
const spread = ([min, median, max]: Runs) => ({ median, min, max });
const row = (id: string, ratio: Runs | number | undefined, k3s = "v1 (modules)", cores = 2) => {
  const runs: Runs | undefined = typeof ratio === "number" ? [ratio, ratio, ratio] : ratio;
  return recorded(
    {
      id,
      what: id,
      unit: "s",
      k3s,
      runs: 1,
      value: spread([1, 2, 3]),
      ...(runs !== undefined && { ratio: spread(runs) }),
    },
    { cores },
  );
};
const verdictOf = (before: ReturnType<typeof row>, now: ReturnType<typeof row>) =>
  compare({ date: "2026-11-29", rows: [before] }, [now])[0]?.verdict;

test("a ratio that is more than 5 % larger is worse; another speed of the machine is not", () => {
  assert.is(verdictOf(row("up", 0.7), row("up", 0.735)), "as before");
  assert.is(verdictOf(row("up", 0.7), { ...row("up", 0.7), value: spread([10, 20, 30]) }), "as before");
  assert.is(verdictOf(row("down", 2), row("down", 2.11)), "worse");
});

test("a median is not worse while one run was as good as the worst before", () => {
  assert.is(verdictOf(row("up", [0.6, 0.7, 0.85]), row("up", [0.85, 0.9, 1])), "as before");
  assert.is(verdictOf(row("up", [0.6, 0.7, 0.85]), row("up", [0.86, 0.9, 1])), "worse");
});

test("what an agent costs is next to nothing, and may differ by a part of the raw chain", () => {
  const of = (ratio: number) => verdictOf(row("eachAgent", -0.01), row("eachAgent", ratio));
  assert.equal([-0.2, 0.009, 0.02].map(of), ["as before", "as before", "worse"]);
});

test("memory is compared by itself; what had nothing to be compared with is left out", () => {
  const megabytes = (most: number) =>
    ({ ...row("memory", undefined), unit: "MB", value: spread([1, 1, 1].map(() => most) as unknown as Runs) }) as const;
  const last = { date: "2026-11-29", rows: [megabytes(100), row("npm", undefined)] };
  const compared = compare(last, [megabytes(106), row("npm", 5), row("new", 9)]);
  assert.equal(compared, [
    { id: "memory", what: "memory", verdict: "worse", before: "100 (100..100)", now: "106 (106..106)" },
  ]);
});

test("a row that the table has no more is told, and one that was not asked for is not", () => {
  const last = { date: "2026-11-29", rows: [row("up", 1), row("down", 1), row("push-1gb", 1)] };
  const verdicts = (...now: Parameters<typeof compare>[1]) =>
    Object.fromEntries(compare(last, now).map(({ id, verdict }) => [id, verdict]));
  assert.equal(verdicts(row("up", 1)), { up: "as before", down: "vanished" });
  assert.equal(verdicts(row("up", undefined), row("down", 1)), { up: "vanished", down: "as before" });
  assert.equal(verdicts(row("push-1gb", 1)), { "push-1gb": "as before" });
});

test("ratios of K3s from another source, or of another number of cores, are not compared", () => {
  const before = row("up", 1);
  assert.is(verdictOf(before, row("up", 1, "v2 (modules)")), "as before");
  assert.is(verdictOf(before, row("up", 1, "v1 (modules)", 8)), "not comparable");
  const [compared] = compare({ date: "2026-11-29", rows: [before] }, [row("up", 1, "v1 (release)")]);
  assert.is(compared?.verdict, "not comparable");
  assert.equal([compared?.before, compared?.now], ["K3s (modules), 2 cores", "K3s (release), 2 cores"]);
});

test.run();
