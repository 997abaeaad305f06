import { ConfigObject, Hash, Lambda, textOf, type Value } from "./values.js";

/** What a Vagrantfile says, and the line that says it. */
export interface Said<What> {
  readonly value: What;
  readonly line: number;
}

export interface NetworkSaid {
  readonly kind: "private" | "public";
  readonly ip?: string;
  readonly netmask?: string;
  /** The host's interfaces to bridge to, in the order of preference. */
  readonly bridges: readonly string[];
  readonly line: number;
}

/** What is set for one machine, or for all. */
export interface MachineSaid {
  hostname?: Said<string>;
  box?: Said<string>;
  readonly networks: NetworkSaid[];
  /** By provider: "virtualbox", "libvirt". */
  readonly hardware: Map<string, { memory?: Said<number>; cpus?: Said<number> }>;
}

export interface DefinedMachine extends MachineSaid {
  readonly name: string;
  readonly line: number;
  isPrimary: boolean;
}

/** What was not taken over, or not as it was written. */
export interface Note {
  readonly line: number;
  readonly text: string;
}

/** Takes note of something that a line says. */
export type Tell = (line: number, text: string) => void;

/** Gathers the settings that a Vagrantfile makes, and what was not understood of them. */
export class VagrantSettings {
  readonly shared: MachineSaid = { networks: [], hardware: new Map() };
  readonly machines = new Map<string, DefinedMachine>();
  readonly scripts: Said<string>[] = [];
  readonly notes: Note[] = [];

  note(line: number, text: string): void {
    if (!this.notes.some((note) => note.line === line && note.text === text)) this.notes.push({ line, text });
  }

  /** Makes a setting such as `vm.box = "debian/bookworm64"`. */
  assign(object: ConfigObject, key: string, value: Value, line: number): void {
    const said = this.#saidOf(object);
    if (object.provider !== undefined) return this.#assignHardware(object, object.provider, key, value, line);
    const text = textOf(value);
    const setting = `${object.path}.${key}`;
    if (object.path === "vm" && (key === "hostname" || key === "host_name" || key === "box")) {
      if (text === undefined) return this.note(line, `${setting} cannot be read`);
      said[key === "box" ? "box" : "hostname"] = { value: text, line };
      return;
    }
    if (object.path === "vm" && /^(box_check_update|boot_timeout|graceful_halt_timeout|post_up_message)$/.test(key))
      return;
    this.note(line, `${setting} has no counterpart`);
  }

  #assignHardware(object: ConfigObject, provider: string, key: string, value: Value, line: number): void {
    // The lab gives its machines names of its own.
    if (/^(name|gui|linked_clone|default_prefix|title|description)$/.test(key)) return;
    if (key !== "memory" && key !== "cpus") return this.note(line, `${object.path}: ${key} has no counterpart`);
    const number = Number(textOf(value) ?? Number.NaN);
    if (!Number.isInteger(number)) return this.note(line, `${object.path}: ${key} cannot be read`);
    const { hardware } = this.#saidOf(object);
    hardware.set(provider, { ...hardware.get(provider), [key]: { value: number, line } });
  }

  /** Carries out what stands as a call: `vm.network "private_network", ip: "192.168.56.10"`. */
  call(object: ConfigObject, name: string, args: readonly Value[], block: Lambda | undefined, line: number): Value {
    const { machine, path } = object;
    if (path === "config") {
      return new ConfigObject(name, machine);
    }
    if (path === "vm") return this.#callVm(object, name, args, block, line);
    if (object.provider !== undefined && name === "customize") this.#customize(object, object.provider, args[0], line);
    else this.note(line, `${path}.${name} has no counterpart`);
    return null;
  }

  #callVm(object: ConfigObject, name: string, args: readonly Value[], block: Lambda | undefined, line: number): Value {
    const [first = null] = args;
    const word = textOf(first);
    switch (name) {
      case "define":
        if (word === undefined) this.note(line, "vm.define: the machine's name cannot be read");
        else this.#define(word, args[1], block, line);
        return null;
      case "network":
        this.#network(object, word, args[1], line);
        return null;
      case "provider": {
        if (word === undefined) this.note(line, "vm.provider: its name cannot be read");
        const { hardware } = this.#saidOf(object);
        if (word !== undefined && !hardware.has(word)) hardware.set(word, {});
        const { machine } = object;
        block?.call([new ConfigObject(`provider ${word ?? ""}`, machine, word), new ConfigObject("config", machine)]);
        return null;
      }
      case "provision":
        this.#provision(args, block, line);
        return null;
      case "synced_folder":
        if (args.some((each) => each instanceof Hash && each.named("disabled") === true)) return null;
        this.note(
          line,
          `synced_folder ${args
            .slice(0, 2)
            .map((each) => textOf(each) ?? "?")
            .join(" ")} is not taken over: machines.mounts does that for containers`,
        );
        return null;
      default:
        this.note(line, `vm.${name} has no counterpart`);
        return null;
    }
  }

  #define(name: string, options: Value | undefined, block: Lambda | undefined, line: number): void {
    const machine = this.machines.get(name) ?? { name, line, isPrimary: false, networks: [], hardware: new Map() };
    if (options instanceof Hash && options.named("primary") === true) machine.isPrimary = true;
    if (options instanceof Hash && options.named("autostart") === false) {
      this.note(line, `${name} has autostart: false, and becomes a node like any other`);
    }
    this.machines.set(name, machine);
    block?.call([new ConfigObject("config", name)]);
  }

  #network(object: ConfigObject, kind: string | undefined, options: Value | undefined, line: number): void {
    const read = (key: string) => (options instanceof Hash ? options.named(key) : undefined);
    if (kind === "forwarded_port") {
      const ports = `${textOf(read("guest")) ?? "?"} of the machine as ${textOf(read("host")) ?? "?"} of the host`;
      return this.note(
        line,
        `forwarded_port (${ports}) is not taken over: a Service of type LoadBalancer is reached by the nodes' addresses`,
      );
    }
    if (kind !== "private_network" && kind !== "public_network") {
      return this.note(
        line,
        kind === undefined ? "vm.network cannot be read" : `vm.network ${kind} has no counterpart`,
      );
    }
    const ip = textOf(read("ip"));
    if (read("ip") !== undefined && ip === undefined) this.note(line, `the address of ${kind} cannot be read`);
    const netmask = textOf(read("netmask"));
    const bridge = read("bridge") ?? read("dev");
    const bridges = (Array.isArray(bridge) ? bridge : [bridge]).flatMap((each) => textOf(each) ?? []);
    if (bridge !== undefined && bridge !== null && bridges.length === 0) this.note(line, "the bridge cannot be read");
    this.#saidOf(object).networks.push({
      kind: kind === "private_network" ? "private" : "public",
      ...(ip !== undefined && { ip }),
      ...(netmask !== undefined && { netmask }),
      bridges,
      line,
    });
  }

  #provision(args: readonly Value[], block: Lambda | undefined, line: number): void {
    const options = args.find((each) => each instanceof Hash);
    const script = options?.named("inline");
    if (typeof script === "string") this.scripts.push({ value: script, line });
    // Its block only sets what the provisioner gets.
    void block;
    this.note(line, "provision is not run: k3s-lab installs and configures K3s, the route and the resolver itself");
  }

  /** `v.customize ["modifyvm", :id, "--memory", "2048"]` */
  #customize(object: ConfigObject, provider: string, words: Value | undefined, line: number): void {
    const texts = Array.isArray(words) ? words.map((word) => textOf(word)) : [];
    let rest = false;
    for (let index = 2; index < texts.length; index += 2) {
      const key = texts[index]?.replace(/^--/, "");
      if (key === "memory" || key === "cpus")
        this.#assignHardware(object, provider, key, texts[index + 1] ?? null, line);
      else rest = true;
    }
    if (rest || texts.length === 0) this.note(line, `${object.path}: customize has no counterpart`);
  }

  #saidOf({ machine }: ConfigObject): MachineSaid {
    return (machine === undefined ? undefined : this.machines.get(machine)) ?? this.shared;
  }
}
