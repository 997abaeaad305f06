// The program of a release server, to be started where its clients are: inside of an emulated host, say.
// Argument: its options, as JSON.
import { type ReleaseServerOptions, serveRelease } from "./release-server.js";

const options = JSON.parse(process.argv[2] ?? "{}") as ReleaseServerOptions;
const { baseUrl } = await serveRelease(options);
console.log(`serving ${options.version} at ${baseUrl}`);
