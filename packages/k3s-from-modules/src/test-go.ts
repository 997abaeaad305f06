import { buildEnv, parts, tags } from "./parts.js";
import { sources } from "./release.js";
import { testModules } from "./test-modules.js";

const versions = { kubernetes: "v0.0.0", containerd: "", metrics: "", runc: "", sources: "" };
const flagsOf = new Map(
  parts(versions)
    .filter((part) => buildEnv(part, "amd64", false)["CGO_ENABLED"] === "0") // runc: upstream's alone
    .map((part) => [part.module, part.tags === tags ? ["-tags", tags] : []]),
);
flagsOf.set("testpod", []);

await testModules(sources, flagsOf);
