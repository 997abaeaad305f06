import { run } from "@k3s-lab/exec";
import { ensurePrograms } from "@k3s-lab/host";

/** What a machine has to work with. */
export interface Tools {
  readonly shell: string;
  readonly path: string;
}

export const debian: Tools = { shell: "/bin/sh", path: "/usr/sbin:/usr/bin:/sbin:/bin" };

/** Alpine's tools, put into a folder: one program that is everything, and an `ip` that cannot watch. */
export async function busybox(dir: string): Promise<Tools> {
  await ensurePrograms([{ name: "busybox", package: "busybox", why: "stands for Alpine's tools" }], {
    install: "auto",
    note: console.log,
  });
  await run("busybox", ["--install", "-s", dir]);
  return { shell: `${dir}/sh`, path: dir };
}
