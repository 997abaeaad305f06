import type { ServiceManagerName } from "@k3s-lab/guard";
import type { Machine } from "@k3s-lab/machines";

/** K3s as a service of a node, named as K3s' own installer names it. */
export interface Service {
  readonly name: "k3s" | "k3s-agent";
  readonly command: "server" | "agent";
}

export function serviceOf({ role }: Pick<Machine, "role">): Service {
  return role === "server" ? { name: "k3s", command: "server" } : { name: "k3s-agent", command: "agent" };
}

/** What differs between service managers. */
export interface ServiceManager {
  readonly name: ServiceManagerName;
  unitFile(service: Service): string;
  environmentFile(service: Service): string;
  unit(service: Service): { readonly content: string; readonly mode: number };
  environment(variables: Readonly<Record<string, string>>): string;
  /** Shell that starts the service, now and at every boot, and fails where it does not come up. */
  startScript(service: Service, how: "start" | "restart"): string;
  /** Shell that prints the state of the service as `service <key>=<value>`, and sets $pid to its process. */
  seeScript(service: Service): string;
  /** Shell that prints `ended` where a service that was started has ended since, even if it was started again. */
  endedScript(service: Service): string;
  /** The last lines that the service said, to show why it failed. */
  logScript(service: Service): string;
  /** For a person, in the machine. */
  logCommand(service: Service): string;
  restartCommand(service: Service): string;
}
