/** K3s as a service of a node, named as K3s' own installer names it. */
export interface Service {
  readonly name: "k3s" | "k3s-agent";
  readonly command: "server" | "agent";
}

/** K3s' service as its own installer has it under each service manager, so that K3s' documentation stays true on a node. */
export interface Unit {
  /** The content of the service's file. */
  content(service: Service): string;
  environmentFile(service: Service): string;
  /** Shell that waits until a server that was started is ready; nothing where its service manager does that. */
  waitScript(service: Service): string;
}
