export type ServiceManagerName = "systemd" | "openrc";

/** A program that runs for as long as its machine does, and that must be ready before other services start. */
export interface Daemon {
  readonly name: string;
  readonly description: string;
  /** An absolute path. */
  readonly program: string;
  /** The program's argument that prepares; services that are ordered after this one wait for it. */
  readonly prepare: string;
  /** The program's argument that stays. The service manager starts it again when it ends. */
  readonly stay: string;
  readonly order: Readonly<Record<ServiceManagerName, Order>>;
}

/** What else a service manager starts before a service and after it, if it is installed: "k3s", "network.target". */
export interface Order {
  readonly after: readonly string[];
  readonly before: readonly string[];
}

/** A file that belongs to a service. */
export interface ServiceFile {
  readonly path: string;
  readonly content: string;
  /** Its permissions. */
  readonly mode: number;
}

/** Which part of a service's log is meant. */
export interface LogOptions {
  /** How many lines, from the end; all when absent. */
  readonly lines?: number | undefined;
  /** How many seconds back; a service manager that does not keep the time of a line prints older ones, too. */
  readonly since?: number | undefined;
  readonly follow: boolean;
}

/** What differs between service managers. Services are known by their names: "k3s". */
export interface ServiceManager {
  readonly name: ServiceManagerName;
  /** Paths of its program; one of them exists where it is installed. */
  readonly programs: readonly string[];
  /** A directory that exists while it runs. */
  readonly runtimeDir: string;
  /** The file that makes a service known. */
  serviceFile(service: string): string;
  /** Permissions of that file. */
  readonly serviceFileMode: number;
  /** A file that exists when the service starts at boot. */
  enabledFile(service: string): string;
  /** The content of the service's file. */
  daemon(daemon: Daemon): string;
  /** Returns files that keep the service's log from growing for ever; none where the service manager does that itself. */
  logRotation(service: string): readonly ServiceFile[];
  /** The content of a file of variables, whatever their values hold. */
  environment(variables: Readonly<Record<string, string>>): string;
  /** Shell that starts the service, now and at every boot, also where its file has just been written. */
  startScript(service: string, how: "start" | "restart"): string;
  /** Shell that stops the service until the next boot; one that does not run stays as it is. */
  stopScript(service: string): string;
  /** Shell that prints the state of the service as `service <key>=<value>`, and sets $pid to its process. */
  seeScript(service: string): string;
  /** Shell that prints `ended` where a service that was started has ended since, even if it was started again. */
  endedScript(service: string): string;
  /** Shell that prints the last lines that the service logged, to show why it failed. */
  logScript(service: string): string;
  /** Whether the log has the time of each line, so that `since` is exact. */
  readonly keepsTimes: boolean;
  /** Returns the command that prints what the service has logged, and with `follow` goes on until it is ended. */
  readLog(service: string, options: LogOptions): readonly string[];
  /** A command for a person on the machine. */
  logCommand(service: string): string;
  restartCommand(service: string): string;
}
