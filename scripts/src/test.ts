#!/usr/bin/env node
// Runs every test file in a process of its own and adds up what they say. uvu alone ends with exit code 0 when a
// hook throws, when a file forgets .run(), or when no file matches: here each of these is a failure.
import { spawn } from "node:child_process";
import { glob } from "zx";
import { summarize, type FileResult } from "./test-summary.js";

const fileTimeout = 20 * 60_000;
// A folder stands for the tests in it: `npm test -- packages/lab`.
const wanted = process.argv.slice(2).map((name) => (/[*]|\.ts$/.test(name) ? name : `${name}/test/**/*.test.ts`));
const patterns = wanted.length > 0 ? wanted : ["packages/*/test/**/*.test.ts", "scripts/test/**/*.test.ts"];
const files = (await glob(patterns, { ignore: ["**/node_modules/**"] })).toSorted();
const results: FileResult[] = [];
for (const file of files) results.push(await runFile(file));
const { text, ok } = summarize(results);
console.log(text);
process.exitCode = ok ? 0 : 1;

function runFile(file: string): Promise<FileResult> {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(process.execPath, ["--import", "tsx", "--enable-source-maps", file], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const timer = setTimeout(() => process.kill(-(child.pid ?? 0), "SIGKILL"), fileTimeout);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        process.stdout.write(chunk);
      });
    }
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ file, output, exitCode: code ?? 1 });
    });
  });
}
