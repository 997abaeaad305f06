/**
 * Finds what in a test file's source would make uvu silently leave tests out. uvu's own output cannot show it: a test
 * that is not run is not counted.
 */
export function faultsOf(source: string): readonly string[] {
  const faults = /\.only\b/.test(source) ? ["has a stray .only"] : [];
  for (const name of suites(source)) {
    const run = source.lastIndexOf(`\n${name}.run()`);
    if (run === -1) faults.push(`never says ${name}.run()`);
    else if (new RegExp(`^\\s*${name}\\(`, "m").test(source.slice(run))) {
      faults.push(`has a test behind ${name}.run(), which nothing runs`);
    }
  }
  return faults;
}

function suites(source: string): readonly string[] {
  const named = [...source.matchAll(/^const (\w+) = suite\b/gm)].map(([, name = ""]) => name);
  return /^import \{[^}]*\btest\b[^}]*\} from "uvu"/m.test(source) ? ["test", ...named] : named;
}

/** Returns why a test was skipped: what the file printed about it, else the title of what it skips. */
export function reasonOf(source: string, output: string): string {
  const printed = output.split("\n").find((line) => /skip/i.test(line) && !/^\s*Skipped:\s/.test(line));
  const title = /\bskip\(\s*(["'`])(.*?)\1/.exec(source)?.[2];
  return printed?.trim() ?? title ?? "it says not why";
}

/** Returns why a suite must have the machine to itself: a comment of its own, "// Runs alone: it compares times." */
export function aloneReason(source: string): string | undefined {
  return /^\/\/ Runs alone: (.+)$/m.exec(source)?.[1];
}
