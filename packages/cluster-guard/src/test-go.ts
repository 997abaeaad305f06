import { testModules } from "@k3s-lab/k3s-from-modules/go";
import { sources } from "./image.js";

await testModules(sources, new Map([[".", []]]));
