// What other packages with a Go program of their own need: how it is known, built and tested.
export { buildProgram, type ProgramOptions } from "./build-program.js";
export { makeOnce } from "./cache.js";
export { goEnvironment, neededGo } from "./go.js";
export { hashSources, readSources } from "./key.js";
export { requiredVersion, sources } from "./release.js";
export { testModules } from "./test-modules.js";
