import { markdownTable } from "@k3s-lab/testbed";
import type { Benchmark, RecordedRow } from "./benchmark.js";
import { cellsOf, columns, usage } from "./cells.js";
import { tolerance } from "./compare.js";

/** Renders docs/benchmarks.md from a record; `notes` is what people have written about it, and may be empty. */
export function renderPage({ date, rows }: Benchmark, notes: string): string {
  const [usual = "", ...others] = conditionsOf(rows);
  const named = rows.map((row) => {
    const other = others.indexOf(conditionsIn(row));
    return other === -1 ? row : { ...row, what: `${row.what} (${other + 1})` };
  });
  const used = named.filter(({ cpu, memory }) => cpu ?? memory);
  return `# Benchmarks

This page is made of \`bench/results/${date}.json\` by \`npm run bench -- --record\`; do not edit it. What people have to say about
the numbers is in \`bench/results/notes.md\`.

Measured ${usual}. Caches were warm, but for a first run. Commands are run as the
\`k3s-lab\` bin runs them.

Each number is the median of n runs, with the smallest and the largest in brackets. The raw tools do the same by hand, in
the same round, with the same K3s; a ratio is computed within a round. A ratio below 1 is faster than the raw tools.

${markdownTable(columns, named.map(cellsOf))}
${others.map((other, index) => `\n(${index + 1}) Measured ${other}.\n`).join("")}
The raw chain is \`bench/raw\`, whose steps are frozen. Orchestration is the time from the start of the command to the first
machine's start, the gaps between that and the last action on a node in which no action is pending, and what comes after.
One process would save what passes before the first stage reports, less its own start: the time of \`k3s-lab up --help\`, which
loads what \`up\` loads.

A first run finds nothing of runs before but what k3s-lab has installed on the host by apt: it builds the machines' root file
system, too. Where K3s comes from the package, npm had installed that beside lab.yaml before, and no Go was on PATH.

## CPU time and memory

${markdownTable(
  ["what", "CPU seconds", "most memory, MB (PSS)", "sampled runs"],
  used.map(({ what, cpu, memory, sampled = "" }) => [
    what,
    cpu ? usage(cpu, 2) : "",
    memory ? usage(memory, 0) : "",
    String(sampled),
  ]),
)}

"All of the command" is what the kernel counted for everything that the command has started and waited for, in the timed
runs. The groups are sampled in runs of their own, which are not timed, since sampling costs them time: every 50 ms in \`up\` and
the push of 1 GB, every 10 ms elsewhere. \`node\` is our own processes, \`npm\` also what stands in for it, \`tools\` the programs
that they call. \`unseen\` is what such a run used beyond that: programs that ended between two samples, and what \`lxc-attach\`
ran in a machine. A machine's CPU time is that of its cgroup from its start until \`up\` has ended.

Of labs of more and more agents, CPU time is that of the machines until \`up\` has ended, or in a minute at rest, when metrics-server runs
and the nodes have become idle; memory is that of all processes of a machine then. All machines share the host's processors: what
an \`up\` takes grows with their number as soon as these are busy.

Memory is the proportional set size (PSS): a page that several processes share counts for each of them by its share. Sampled
runs are those of a copy of Node's program, so that they share it with each other, and with no other Node of the host.

## Made again

    npm run bench                     # the table, a quarter of an hour; needs root
    npm run bench -- --push-1gb       # parts that must be asked for: a push of 1 GB, beside skopeo
    npm run bench -- --cold           # and the first run, K3s compiled and K3s from the package
    npm run bench -- scale            # labs of 1, 3, 6 and 10 agents
    npm run bench -- --record         # with any of them: record it, and make this page
    npm run bench -- --compare        # end with 1 where a ratio is more than ${tolerance * 100} % worse than recorded, and no run as good
    npm run bench -- waterfall        # a picture of one up: waterfall.html
${notes === "" ? "" : `\n${notes.trim()}\n`}`;
}

/** Returns the different conditions under which rows were measured, those of most rows first. */
function conditionsOf(rows: readonly RecordedRow[]): readonly string[] {
  const all = rows.map(conditionsIn);
  const count = (one: string) => all.filter((other) => other === one).length;
  return [...new Set(all)].toSorted((a, b) => count(b) - count(a));
}

function conditionsIn({ k3s, measured: { date, commit, host } }: RecordedRow): string {
  const { cpu, cores, memory, kernel, node } = host;
  return `on ${date} at commit ${commit}, with K3s ${k3s}, on ${cpu}: ${cores} cores, ${memory} GB of memory, Linux ${kernel}, Node ${node}`;
}
