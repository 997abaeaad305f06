// The pipelines of examples/ci are what GitHub and GitLab read, and what they refer to exists.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { run } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { glob } from "zx";
import { root } from "../drive-lab.js";

const test = suite("examples/ci");

const workflow = "examples/ci/.github/workflows/lab.yml";
const read = (file: string) => readFileSync(join(root, file), "utf8");

/** Tells what GitHub's own parser finds wrong with a workflow: keys, types and expressions. */
async function faultsOfWorkflow(content: string): Promise<readonly string[]> {
  const { context, value } = parseWorkflow({ name: "lab.yml", content }, new NoOperationTraceWriter());
  if (value !== undefined) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

test("GitHub reads the workflow without a fault", async () => {
  assert.equal(await faultsOfWorkflow(read(workflow)), []);
});

test("a fault in a workflow is found", async () => {
  const key = await faultsOfWorkflow(read(workflow).replace("runs-on:", "runs-onn:"));
  assert.match(key.join("\n"), "runs-onn");
  const expression = await faultsOfWorkflow(read(workflow).replace("always()", "alwayss()"));
  assert.match(expression.join("\n"), "alwayss");
});

test("the files that GitHub's cache keys are made of exist", async () => {
  const keys = [...read(workflow).matchAll(/hashFiles\(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(","));
  assert.ok(keys.length >= 4, "keys are found");
  for (const key of keys) {
    const pattern = key.trim().replaceAll("'", "");
    assert.ok((await glob(pattern, { cwd: root })).length > 0, pattern);
  }
});

interface Pipeline {
  readonly stages: readonly string[];
  readonly lab: {
    readonly stage: string;
    readonly cache: readonly {
      readonly key: { readonly files: readonly string[] };
      readonly paths: readonly string[];
    }[];
    readonly before_script: readonly string[];
    readonly script: readonly string[];
    readonly after_script: readonly string[];
  };
}

/** https://docs.gitlab.com/ci/yaml/, as far as it is used here. */
const gitlabKeys = {
  job: [
    "stage",
    "image",
    "tags",
    "timeout",
    "variables",
    "cache",
    "before_script",
    "script",
    "after_script",
    "artifacts",
  ],
  cache: ["key", "paths"],
  key: ["files", "prefix"],
  artifacts: ["when", "paths"],
};

test("the pipeline of GitLab has only keys that GitLab knows, in the form that it takes", () => {
  const pipeline = parse(read("examples/ci/.gitlab-ci.yml")) as Pipeline;
  assert.equal(Object.keys(pipeline).toSorted(), ["lab", "stages"]);
  const { lab } = pipeline;
  assert.ok(pipeline.stages.includes(lab.stage));
  const isKnown = (object: object, known: readonly string[]) =>
    assert.equal(
      Object.keys(object).filter((key) => !known.includes(key)),
      [],
    );
  isKnown(lab, gitlabKeys.job);
  isKnown((lab as unknown as { readonly artifacts: object }).artifacts, gitlabKeys.artifacts);
  for (const cache of lab.cache) {
    isKnown(cache, gitlabKeys.cache);
    isKnown(cache.key, gitlabKeys.key);
    assert.ok(cache.key.files.length <= 2, "a key is made of two files at most");
    for (const file of cache.key.files) assert.ok(existsSync(join(root, file)), file);
    // GitLab keeps nothing outside of the project's folder.
    for (const path of cache.paths) assert.not.match(path, /^[/~]/);
  }
  for (const script of [lab.before_script, lab.script, lab.after_script])
    for (const line of script) assert.type(line, "string");
});

/** The lines that either pipeline gives to a shell. */
function linesOfScripts(): readonly string[] {
  const { lab } = parse(read("examples/ci/.gitlab-ci.yml")) as Pipeline;
  const { jobs } = parse(read(workflow)) as {
    readonly jobs: { readonly lab: { readonly steps: readonly { readonly run?: string }[] } };
  };
  const steps = jobs.lab.steps.flatMap((step) => step.run ?? []);
  return [...steps, ...lab.before_script, ...lab.script, ...lab.after_script];
}

test("a shell can read each line, and make has each target", async () => {
  const lines = linesOfScripts();
  const makefile = read("examples/ci/Makefile");
  for (const line of lines) await run("bash", ["-n", "-c", line]);
  const targets = lines.flatMap((line) =>
    [...line.matchAll(/make -C examples\/ci (\w+)/g)].map(([, name = ""]) => name),
  );
  assert.equal([...new Set(targets)].toSorted(), ["down", "fetch", "test", "up"]);
  for (const target of targets) assert.match(makefile, new RegExp(`^${target}:`, "m"));
});

test.run();
