// Downloads a release in a process of its own. Argument: what is asked for, as JSON.
import { downloadRelease } from "../src/download-release.js";
import type { Asked } from "../src/release.js";
import { arch, listen, refusal } from "./release-folder.js";

const asked = JSON.parse(process.argv[2] ?? "") as Asked;
console.log(await refusal(downloadRelease(asked, arch, listen())));
