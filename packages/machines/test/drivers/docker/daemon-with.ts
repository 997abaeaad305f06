import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { release, tmpdir } from "node:os";
import { join } from "node:path";

/** The daemon of this host, until it is disposed of: it has these things, by path. */
export async function daemonWith(things: Readonly<Record<string, object>>) {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-docker-"));
  const { PATH: path, DOCKER_HOST: host } = process.env;
  const all: Readonly<Record<string, object>> = {
    "/info": { ServerVersion: "28.5.2", KernelVersion: release() },
    ...things,
  };
  const server = createServer(({ url = "" }, answer) => {
    const thing = all[url];
    answer.writeHead(thing === undefined ? 404 : 200).end(JSON.stringify(thing ?? {}));
  });
  await once(server.listen(join(dir, "docker.sock")), "listening");
  writeFileSync(join(dir, "docker"), "", { mode: 0o755 });
  Object.assign(process.env, { PATH: dir, DOCKER_HOST: `unix://${join(dir, "docker.sock")}` });
  return {
    [Symbol.dispose]() {
      process.env.PATH = path;
      if (host === undefined) delete process.env.DOCKER_HOST;
      else process.env.DOCKER_HOST = host;
      server.close();
      rmSync(dir, { recursive: true });
    },
  };
}
