/** A flag of a command. */
export interface Flag {
  /** One line for --help. */
  readonly does: string;
  /** What its value is called there: "FILE". A flag without one is on or off. */
  readonly value?: string;
  /** One letter that stands for it: "f". */
  readonly short?: string;
  /** What a shell completes its value with. Default: files, where it is a FILE. */
  readonly completes?: "machines" | "contexts" | "snapshots";
  /** The flag that it cannot be given with. */
  readonly conflicts?: string;
}

/** A command as its --help shows it. */
export interface CommandSpec {
  /** The npm script that runs it, "lab:up"; without "lab:" it is the name that `k3s-lab` knows it by. */
  readonly script: string;
  /** What it does, in one sentence. */
  readonly does: string;
  /** What --help calls the words that follow: "<IMAGE>" must be given, "[MACHINE]" may be. */
  readonly operands?: string;
  /** Whether the operands are another program's command line: all of it is, from the first word that is not a flag here. */
  readonly passesOn?: boolean;
  /** What a shell completes the operands with. */
  readonly completes?: "machine" | "image" | "kubectl" | "node-or-pod" | "shell" | "snapshot";
  /** Whether it does without a lab.yaml. */
  readonly withoutLab?: boolean;
  /** Whether it makes lab.yaml: a file that is named need not exist. */
  readonly makesConfig?: boolean;
  readonly flags?: Readonly<Record<string, Flag>>;
  /** Arguments, and what the command does with them. */
  readonly examples: readonly (readonly [args: string, does: string])[];
}

/** How much is shown of a run: flags common to all commands that report how far they have come. */
const reporting = {
  verbose: { does: "show every program that is started, too", short: "v", conflicts: "quiet" },
  quiet: { does: "show only errors", short: "q" },
} as const;
/** For commands that only look, and take no time that anyone would want to follow. */
const looking = { verbose: { does: "show every program that is started", short: "v" } } as const;
const events = { does: "print progress as one JSON object per line" };
const json = { does: "print JSON" };

/** Every command: `k3s-lab` and package.json's scripts are both made from this table, and tested against it. */
export const commands = {
  init: {
    script: "lab:init",
    does: "Asks a few questions and writes lab.yaml, or changes the one that is there.",
    makesConfig: true,
    flags: {
      yes: { does: "ask nothing: take every default, or what is in lab.yaml" },
      from: { value: "FILE", does: "take over what a Vagrantfile says; it is read, never run" },
    },
    examples: [
      ["", "a few questions with defaults that work here"],
      ["--yes --config ~/labs/two/lab.yaml", "the defaults, in another file"],
      ["--from ../old/Vagrantfile", "names, addresses, bridge, memory, CPUs and box of virtual machines"],
    ],
  },
  up: {
    script: "lab:up",
    does: "Brings the lab up, or repairs it: machines, K3s on each of them, and the registry, all verified.",
    flags: {
      json: events,
      yes: { does: "do not ask before destroying what cannot be made again, such as the disk of a removed machine" },
      ...reporting,
      "take-proxies": { does: "give nodes the proxies of this shell instead of the recorded ones" },
      "reset-quorum": { does: "if most of several servers have lost their disks, continue with one that is left" },
    },
    examples: [
      ["", "three nodes, Ready, with a registry that works"],
      ["--config ~/labs/two/lab.yaml", "the lab of another lab.yaml"],
      ["--yes", "in a pipeline: carry out whatever lab.yaml asks for"],
    ],
  },
  down: {
    script: "lab:down",
    does: "Removes the lab: registry, cluster, machines, network, and what was changed on the host. Caches stay.",
    flags: { json: events, ...reporting },
    examples: [["", "the host as it was before the first up"]],
  },
  stop: {
    script: "lab:stop",
    does: "Stops the lab: K3s with its pods, then the machines. All data, the addresses and the host's side of the LAN stay.",
    flags: { json: events, ...reporting },
    examples: [["", "free the lab's processors and memory until lab:start"]],
  },
  start: {
    script: "lab:start",
    does: "Starts a stopped lab as it was made, even after a reboot of the host; changes of lab.yaml wait for lab:up.",
    flags: { json: events, ...reporting },
    examples: [["", "every node Ready, with the registry and all data as before"]],
  },
  snapshot: {
    script: "lab:snapshot",
    does: "Takes a snapshot of the lab at one instant, as a power cut would leave it: the cluster's store, its registry and its volumes.",
    operands: "[NAME]",
    flags: { json: events, ...reporting },
    examples: [
      ["before-upgrade", "a snapshot of that name, in ~/.local/share/k3s-lab/snapshots"],
      ["", "a snapshot that is named after the lab and the time"],
    ],
  },
  snapshots: {
    script: "lab:snapshots",
    does: "Lists your snapshots, of all labs: age, size, version of K3s, nodes. Or removes one.",
    withoutLab: true,
    flags: { remove: { value: "NAME", does: "remove the snapshot of this name", completes: "snapshots" }, json },
    examples: [
      ["", "every snapshot"],
      ["--remove before-upgrade", "one that is no longer needed"],
    ],
  },
  restore: {
    script: "lab:restore",
    does: "Restores the lab from a snapshot, and starts it: in its own folder, or as another lab, on this host or another one.",
    operands: "<NAME>",
    completes: "snapshot",
    makesConfig: true,
    flags: {
      json: events,
      yes: { does: "do not ask first, though what the lab has stored since is lost" },
      ...reporting,
    },
    examples: [
      ["before-upgrade", "the lab as it was then"],
      ["/mnt/usb/before-upgrade", "a snapshot that was copied from another host, by its folder"],
    ],
  },
  labs: {
    script: "labs",
    does: "Lists all labs of this host with folder, state, age and disk space, including those whose folder was deleted.",
    withoutLab: true,
    flags: {
      remove: { value: "ID", does: "remove the lab of this id, as lab:down does, whether or not its folder exists" },
      json,
      ...reporting,
    },
    examples: [
      ["", "every lab, and what it takes"],
      ["--remove 7f3a21", "a lab whose folder was deleted"],
    ],
  },
  status: {
    script: "lab:status",
    does: "Shows how the lab is. Ends with 0 if every node is Ready and the registry answers, else with 1.",
    flags: {
      json,
      ...looking,
      watch: { does: "look again every two seconds, until q or Ctrl-C; with --json, print a line for each change" },
    },
    examples: [
      ["--json", "the same for a program"],
      ["--watch", "how a lab comes up, or what happens when a node goes down"],
    ],
  },
  map: {
    script: "lab:map",
    does: "Draws the lab's network as a page: what is there and healthy, and where requests go, loop, or are cut.",
    flags: {
      out: { value: "FILE", does: "the page; default: .lab/map.html beside lab.yaml; - is standard output" },
      svg: { value: "FILE", does: "also write the picture by itself, as SVG" },
    },
    examples: [
      ["", "then open .lab/map.html in a browser"],
      ["--svg network.svg", "a picture for a page of your own"],
    ],
  },
  plan: {
    script: "lab:plan",
    does: "Shows what lab:up would do, and what that interrupts and destroys; touches nothing.",
    flags: { json, "exit-code": { does: "end with 4 if there is something to do" }, ...looking },
    examples: [["--exit-code", "in a pipeline: fail when the lab has drifted from lab.yaml"]],
  },
  fetch: {
    script: "lab:fetch",
    does: "Fills every cache (K3s, root file system, images, host programs) and changes nothing else.",
    flags: { json: events, ...reporting },
    examples: [["", "what lab:up would fetch first, before the network goes away"]],
  },
  push: {
    script: "push",
    does: "Pushes images into the lab's registry: by their name in Docker, Podman or containerd, or from an archive, an image folder, standard input (-), or another registry (docker://REFERENCE).",
    operands: "<IMAGE...>",
    completes: "image",
    flags: {
      name: { value: "NAME", does: "its name in the registry, with a tag" },
      "all-platforms": { does: "push every platform of an image, not only the nodes' own" },
      json: { does: "print one JSON object per line, for each image" },
      ...reporting,
    },
    examples: [
      ["hello:1", "an image in Docker, Podman or containerd"],
      ["hello.tar --name hello:2", "an archive, under another name"],
      ["docker-daemon:web:1 containers-storage:api:1", "two images, and where they are"],
    ],
  },
  load: {
    script: "load",
    does: "Loads images straight into every node, without the registry, from every source that push takes.",
    operands: "<IMAGE...>",
    flags: {
      name: { value: "NAME", does: "its name on the nodes, with a tag" },
      json: { does: "print one JSON object per line, for each image" },
      ...reporting,
    },
    examples: [
      ["hello:1", "an image in Docker, Podman or containerd; in a pod: image: hello:1"],
      ["hello.tar --name hello:2", "an archive, under another name"],
    ],
  },
  images: {
    script: "images",
    does: "Lists the images that the lab's registry and its nodes hold.",
    flags: { json },
    examples: [["", "each image, and where it is"]],
  },
  gc: {
    script: "gc",
    does: "Frees disk space: what no tag of the lab's registry leads to, images of nodes that have lost their names, old builds, root file systems and images in the caches, and what killed commands have left in temporary folders.",
    flags: {
      cache: {
        does: "also remove images of other registries that were not pulled through the caches of labs for that long",
      },
      "dry-run": { does: "show what would be removed, and touch nothing" },
      "older-than": { value: "DAYS", does: "what counts as old in the caches; default: 30" },
      json: { does: "print progress as one JSON object per line; with --dry-run, one object" },
      ...reporting,
    },
    examples: [
      ["--dry-run", "look first"],
      ["--older-than 7", "also remove what was made a week ago, and is not used"],
    ],
  },
  exec: {
    script: "lab:exec",
    does: "Runs a command in a machine, with this terminal and this standard input; without a command, a shell.",
    operands: "[MACHINE] [COMMAND...]",
    passesOn: true,
    completes: "machine",
    flags: {
      all: { does: "run the command in every machine at once, each line with the machine's name" },
      on: { value: "MACHINES", does: "the same in some machines, comma-separated", completes: "machines" },
    },
    examples: [
      ["agent1 ip route", "one command"],
      ["multi", "a shell"],
      ["--all uptime", "a command in every machine; ends with the worst exit code"],
      ["--on agent1,agent2 crictl images", "a command in two of them"],
    ],
  },
  kubectl: {
    script: "kubectl",
    does: "Runs kubectl against the lab's cluster, on this terminal.",
    operands: "[ARGUMENTS...]",
    passesOn: true,
    completes: "kubectl",
    examples: [["get pods -A", "the pods of every namespace"]],
  },
  logs: {
    script: "logs",
    does: "Shows what K3s has logged on nodes, the last 100 lines of each unless --since is given, or all that pods have logged.",
    operands: "[NODE|POD...]",
    completes: "node-or-pod",
    flags: {
      follow: { short: "f", does: "keep printing what is logged, until Ctrl-C" },
      since: { value: "DURATION", does: "only what is newer: 30s, 5m, 1h30m" },
    },
    examples: [
      ["", "K3s on every node, by time"],
      ["agent1 -f", "K3s on a node, as it is logged"],
      ["coredns --since 5m", "a pod, by a part of its name"],
      ["kube-system/coredns", "the same with its namespace"],
    ],
  },
  kubeconfig: {
    script: "kubeconfig",
    does: "Shows where the lab's kubeconfig is, or merges the lab into yours; lab:down removes it from there.",
    flags: {
      merge: { does: "merge the lab into your kubeconfig: that of KUBECONFIG, or ~/.kube/config" },
      use: { does: "merge it, and make it the current context" },
      unmerge: { does: "remove the lab from every kubeconfig that it was merged into" },
      print: { does: "print the lab's kubeconfig" },
    },
    examples: [
      ["--merge", "then: kubectl --context k3s-lab get nodes"],
      ["--use", "then: kubectl get nodes"],
      ["--print", "for a program that takes one as text"],
    ],
  },
  probe: {
    script: "probe",
    does: "Shows what the host's network looks like: uplink, gateway, resolvers, routes, bridges, VPNs and VIFs.",
    flags: { json, ...looking },
    examples: [["", "before a first lab:up, or after a VPN was connected"]],
  },
  doctor: {
    script: "doctor",
    does: "Finds what would make the lab loop or fail. Ends with 1 if there is an error.",
    flags: {
      json,
      fix: { does: "repair what is safe to repair, by the steps of lab:up" },
      "no-probe": { does: "send nothing: no ARP request on the LAN, no experiment in the cluster" },
      ...reporting,
    },
    examples: [["--fix", "repair, then look again"]],
  },
  completion: {
    script: "completion",
    does: "Prints the completion of k3s-lab, and of npx k3s-lab, for a shell: bash, zsh or fish.",
    operands: "<SHELL>",
    completes: "shell",
    withoutLab: true,
    examples: [
      ["bash", "npx k3s-lab completion bash >> ~/.bashrc"],
      ["zsh", "npx k3s-lab completion zsh >> ~/.zshrc"],
      ["fish", "npx k3s-lab completion fish > ~/.config/fish/conf.d/k3s-lab.fish"],
    ],
  },
  report: {
    script: "report",
    does: "Collects what a maintainer needs to help you into one archive, with secrets, names and public addresses taken out.",
    flags: {
      out: { value: "FILE", does: "where to write it; default: k3s-lab-report-DATE.tar.gz in the current folder" },
      lines: { value: "NUMBER", does: "how many lines of each log are taken, from its end; default: 2000" },
      json: { does: "print what is in it as JSON" },
    },
    examples: [["", "an archive to attach to an issue; works even if the lab is broken or absent"]],
  },
  explain: {
    script: "explain",
    does: "Explains an error by its id: what causes it, what to do, and an example. Without an id, lists all errors.",
    operands: "[ID]",
    withoutLab: true,
    flags: { json },
    examples: [
      ["LAB-NET-003", "one error"],
      ["", "all of them"],
    ],
  },
  guard: {
    script: "guard",
    does: "Guards every node of a cluster that k3s-lab did not make, by a DaemonSet: requests to addresses that no Service has never leave a node, whatever VIFs its host has.",
    withoutLab: true,
    flags: {
      kubeconfig: { value: "FILE", does: "the cluster; must be named" },
      context: { value: "NAME", does: "a context of it; default: the current one", completes: "contexts" },
      image: { value: "REFERENCE", does: "push the guard's image there, for the nodes to pull" },
      "plain-http": { does: "the registry of --image speaks HTTP" },
      loaded: { does: "the nodes have the image already" },
      save: { value: "FILE", does: "write the guard's image into a file, and do nothing else" },
      "service-cidr": {
        value: "CIDRS",
        does: "the service networks, comma-separated, if the cluster does not tell",
      },
      plan: { does: "show what would be done, and touch nothing" },
      "exit-code": { does: "with --plan: end with 4 if there is something to do" },
      status: { does: "show which nodes are guarded" },
      remove: { does: "remove the guard from every node" },
      json,
      ...reporting,
    },
    examples: [
      ["--kubeconfig ~/.kube/config --plan", "look first"],
      ["--kubeconfig ~/.kube/config", "guard every node"],
    ],
  },
} as const satisfies Readonly<Record<string, CommandSpec>>;
