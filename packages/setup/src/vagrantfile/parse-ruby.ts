import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { ProgramNode } from "@ruby/prism/src/nodes.js";
import { parsePrism } from "@ruby/prism/src/parsePrism.js";

/** A Ruby text that was read. */
export interface RubyText {
  readonly program: ProgramNode;
  /** The first fault of its syntax. */
  readonly fault: { readonly line: number; readonly message: string } | undefined;
  lineAt(offset: number): number;
  /** What is written from one offset to another, in bytes. */
  slice(start: number, length: number): string;
}

/** Reads Ruby by the parser of Ruby itself, which runs nothing. */
export function parseRuby(text: string): RubyText {
  const { value, errors } = parsePrism(openPrism(), text);
  const bytes = Buffer.from(text);
  const lineAt = (offset: number) => bytes.subarray(0, offset).toString("latin1").split("\n").length;
  const [error] = errors;
  return {
    program: value,
    fault: error && { line: lineAt(error.location.startOffset), message: error.message },
    lineAt,
    slice: (start, length) => bytes.subarray(start, start + length).toString("utf8"),
  };
}

type Calls = Record<string, Record<string, () => number>>;

/** The part of WebAssembly that is used here; TypeScript has it with browsers only. */
interface WebAssemblyApi {
  readonly Module: {
    new (bytes: Uint8Array): object;
    imports(module: object): readonly { readonly module: string; readonly name: string }[];
  };
  readonly Instance: new (module: object, imports: Calls) => { readonly exports: Readonly<Record<string, unknown>> };
}

/** Starts the parser. It asks the system for nothing but a random number, so it is given no system. */
function openPrism(): Parameters<typeof parsePrism>[0] {
  const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };
  const file = createRequire(import.meta.url).resolve("@ruby/prism/src/prism.wasm");
  const module = new WebAssembly.Module(readFileSync(file));
  const system: Calls = {};
  for (const { module: name, name: call } of WebAssembly.Module.imports(module)) (system[name] ??= {})[call] = () => 0;
  const { exports } = new WebAssembly.Instance(module, system);
  (exports._initialize as () => void)();
  return exports as Parameters<typeof parsePrism>[0];
}
