import type { ExplanationsOf } from "./explanation.js";

export const doctor: ExplanationsOf<"DOC"> = {
  "LAB-DOC-001": {
    cause:
      "nft of this host prints the canary's counters in a form that k3s-lab does not know, or another program has removed them.",
    remedy:
      "Run `npm run doctor` again. If it keeps happening, make a report (`npm run report`): the version of nft is in it.",
    example: "nft: the canary's counters could not be read. [LAB-DOC-001]",
  },
  "LAB-DOC-002": {
    cause: "The experiment counts packets in the firewall of Linux, which this host does not have.",
    remedy: "Nothing has to be done: the nodes are guarded all the same, as `npm run lab:status` shows.",
    example:
      "host: runs darwin, expected Linux, whose firewall counts packets. The nodes are guarded all the same, as `npm run lab:status` shows. [LAB-DOC-002]",
  },
  "LAB-DOC-003": {
    cause: "The experiment makes an interface and a route for some seconds, which only root may do.",
    remedy: 'Run `sudo env "PATH=$PATH" npm run doctor`. Without root, doctor leaves the experiment out and says so.',
    example:
      'host: the canary\'s route needs root, and this is another user. Run: sudo env "PATH=$PATH" npm run doctor [LAB-DOC-003]',
  },
  "LAB-DOC-005": {
    cause:
      "Two doctors run at the same time, of one lab or of two. Their experiments would count each other's packets.",
    remedy: "Wait until the other one has ended, which takes some seconds.",
    example: "host: another doctor is making its experiment. Wait until it has ended. [LAB-DOC-005]",
  },
  "LAB-DOC-006": {
    cause:
      "The interface, the route or the counters of the experiment could not be made. The message ends with what `ip` or `nft` said.",
    remedy:
      "Fix what it names; often the kernel lacks the module `dummy`, or a firewall tool holds a lock. Nothing of the experiment is left behind.",
    example: "host: the canary could not be set up: RTNETLINK answers: Operation not supported. [LAB-DOC-006]",
  },
  "LAB-DOC-007": {
    cause:
      "The experiment sends to an address of the service network that no Service has, and all the first ones are taken.",
    remedy: "Delete Services that are not needed, or use a larger `cluster.serviceCidr`.",
    example: "cluster: has no unused service address among the first 256 of 10.43.0.0/16. [LAB-DOC-007]",
  },
  "LAB-DOC-008": {
    cause:
      "A part of what doctor looks at, such as the firewall, is shown to root alone. The rules that need it are reported as not checked.",
    remedy: 'Run `sudo env "PATH=$PATH" npm run doctor` to have them checked.',
    example: "doctor: reading the firewall needs root. [LAB-DOC-008]",
  },
  "LAB-DOC-009": {
    cause: "The kubeconfig holds the administrator's key, and so only the user who made the lab can read it.",
    remedy: "Run the command as the user who made the lab, or with sudo.",
    example:
      "/home/user/.lab/kubeconfig: asking the cluster's API needs the kubeconfig, which only its owner can read. [LAB-DOC-009]",
  },
  "LAB-DOC-010": {
    cause: "Only the LAN can tell who has the address of a stopped machine, and `--no-probe` forbids sending anything.",
    remedy: "Leave `--no-probe` out to have that checked.",
    example: "doctor: --no-probe sends nothing to the LAN. [LAB-DOC-010]",
  },
  "LAB-DOC-012": {
    cause: "ARP shows whether another device has a machine's address, and arping is not installed.",
    remedy: "Install it: on Debian `sudo apt-get install iputils-arping`.",
    example: "doctor: arping is not installed (Debian: iputils-arping). [LAB-DOC-012]",
  },
  "LAB-DOC-013": {
    cause: "The Telepresence of this host does not support `status --output json`, or has printed a message instead.",
    remedy: "Update Telepresence to 2.8 or later, and run `telepresence status --output json` to see what it prints.",
    example: "telepresence status: printed no JSON. [LAB-DOC-013]",
  },
};
