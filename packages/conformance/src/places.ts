import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDir } from "@k3s-lab/host";

/** Every folder of the tests, below the cache. */
export interface Places {
  readonly dir: string;
  /** The programs of the suite, by their key. */
  readonly suites: string;
  /** The images of the tests, as image folders, by their key. */
  readonly images: string;
  /** The lab that is tested, and its state. */
  readonly lab: string;
  /** What was tested so far, by the build of K3s and the suite. */
  readonly runs: string;
}

export function placesIn(): Places {
  const dir = join(cacheDir(), "conformance");
  const below = (name: string) => join(dir, name);
  return { dir, suites: below("suite"), images: below("images"), lab: below("lab"), runs: below("runs") };
}

/** The repository, as the built file sees it. */
export const root = fileURLToPath(new URL("../../../", import.meta.url));
