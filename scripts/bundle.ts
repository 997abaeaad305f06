// Bundles the commands into scripts/dist, after `tsc -b`: Node takes 0.2 s to load some 400 modules one by one, and every
// command would pay for it. Types come from tsc; this writes the JavaScript.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const source = fileURLToPath(new URL("./src/", import.meta.url));
const output = fileURLToPath(new URL("./dist/", import.meta.url));

/** Lets a package's module find the files beside it (shell scripts, Go sources) from within the bundle. */
const ownUrl: Plugin = {
  name: "own-url",
  setup({ onLoad }) {
    onLoad({ filter: /\/packages\/[^/]+\/dist\/.*\.js$/ }, ({ path }) => {
      const url = `new URL(${JSON.stringify(relative(output, path))}, import.meta.url).href`;
      return { contents: readFileSync(path, "utf8").replaceAll("import.meta.url", url), loader: "js" };
    });
  },
};

const { metafile } = await build({
  entryPoints: [`${source}*.ts`],
  outdir: output,
  bundle: true,
  // Modules that commands share are written once, and what is imported on demand stays apart.
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  // Each of the five processes of `lab:up` holds the text of what it loads. Names stay, and the maps tell K3S_LAB_DEBUG the lines.
  minifyWhitespace: true,
  sourcemap: "linked",
  sourcesContent: false,
  // CommonJS that is imported on demand: its names would be lost.
  external: ["elkjs", "https-proxy-agent", "socks-proxy-agent", "undici"],
  // CommonJS libraries expect these from Node: a chunk is an ES module, which has neither.
  banner: {
    js: [
      'import { createRequire as requireFrom } from "node:module";',
      "const require = requireFrom(import.meta.url);",
      "const __filename = import.meta.filename;",
    ].join("\n"),
  },
  plugins: [ownUrl],
  legalComments: "none",
  metafile: true,
});
for (const { imports } of Object.values(metafile.inputs)) {
  const lost = imports.find(({ kind, path }) => kind === "dynamic-import" && metafile.inputs[path]?.format === "cjs");
  if (lost) throw new Error(`${lost.path}: is CommonJS and imported on demand. Name its package under "external".`);
}
const written = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
for (const name of readdirSync(output)) {
  if (/\.js(\.map)?$/.test(name) && !written.has(name)) rmSync(join(output, name));
}
