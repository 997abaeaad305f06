import { CommandFailed } from "@k3s-lab/exec";
import { nodeGuardFiles, readNodeGuard } from "@k3s-lab/guard";
import { type Driver, type Machine, NotRunning } from "@k3s-lab/machines";
import { configFiles, environmentFile, type NodeWish } from "../config/node-files.js";
import { managerOf, serviceOf } from "../config/service.js";
import { labNodeFiles } from "../files.js";
import { nothingSeen, type NodeSeen, parseSeen } from "./node-seen.js";
import { seeScript } from "./see-script.js";
import type { NodeFile } from "./write-files.js";

/** What of a machine's driver the steps use. */
export type NodeDriver = Pick<Driver, "state" | "exec" | "write" | "copyIn" | "timeoutFactor">;

/** The lab's nodes as the steps see them: looked at once, and again only after something was done to them. */
export class Nodes {
  readonly driver: NodeDriver;
  readonly wishes: ReadonlyMap<string, NodeWish>;
  readonly #seen = new Map<string, Promise<NodeSeen>>();
  /** While K3s is being put up, a lookup would only wait in vain. */
  #asksDns = true;

  constructor(driver: NodeDriver, wishes: readonly NodeWish[]) {
    this.driver = driver;
    this.wishes = new Map(wishes.map((wish) => [wish.machine.name, wish]));
  }

  get machines(): readonly Machine[] {
    return [...this.wishes.values()].map(({ machine }) => machine);
  }

  wish(name: string): NodeWish {
    const wish = this.wishes.get(name);
    if (wish === undefined) throw new Error(`no node ${name}`);
    return wish;
  }

  /** A deadline in milliseconds, for machines that may be slower than the ones it was measured on. */
  within(usual: number): number {
    return usual * this.driver.timeoutFactor;
  }

  see(name: string, signal: AbortSignal): Promise<NodeSeen> {
    const known = this.#seen.get(name);
    if (known) return known;
    const looking = this.#look(name, signal);
    this.#seen.set(name, looking);
    // A look that failed is none.
    looking.catch(() => this.#seen.delete(name));
    return looking;
  }

  async seeAll(signal: AbortSignal): Promise<ReadonlyMap<string, NodeSeen>> {
    const names = [...this.wishes.keys()];
    const seen = await Promise.all(names.map((name) => this.see(name, signal)));
    return new Map(names.map((name, index) => [name, seen[index] ?? nothingSeen]));
  }

  /** To be called once an action has changed a node. */
  forget(name: string): void {
    this.#asksDns = false;
    this.#seen.delete(name);
  }

  /** From now on, what is seen of a node tells again whether CoreDNS answers its pods. */
  askDns(): void {
    this.#asksDns = true;
    this.#seen.clear();
  }

  async #look(name: string, signal: AbortSignal): Promise<NodeSeen> {
    const wish = this.wish(name);
    const service = serviceOf(wish.machine);
    const manager = managerOf(wish.machine);
    const guardFiles = nodeGuardFiles(wish.cluster, manager.name);
    const paths = [...configFiles(wish), environmentFile(wish, []), ...guardFiles].map(({ path }) => path);
    const files = [...paths, labNodeFiles.token, labNodeFiles.agentToken];
    try {
      const clusterDns = this.#asksDns ? { clusterDns: wish.cluster.clusterDns } : {};
      const script = seeScript({ service, manager, files, guarded: wish.cluster, ...clusterDns });
      const { stdout } = await this.driver.exec(name, ["sh", "-c", script], { signal });
      return { ...parseSeen(stdout), guard: readNodeGuard(stdout, wish.cluster) };
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof NotRunning) return nothingSeen;
      // A host that has never had a machine may lack what would enter it.
      if (error instanceof CommandFailed && (await this.driver.state(name)) !== "running") return nothingSeen;
      throw error;
    }
  }
}

/** Whether a node has a file with this very content and mode. */
export function hasFile({ sums, modes }: NodeSeen, file: NodeFile, sha256: string): boolean {
  return sums.get(file.path) === sha256 && modes.get(file.path) === file.mode.toString(8);
}
