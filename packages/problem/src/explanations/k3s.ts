import type { ExplanationsOf } from "./explanation.js";

export const k3s: ExplanationsOf<"K3S"> = {
  "LAB-K3S-001": {
    cause: "The record of the machines names no server, because it was edited.",
    remedy: "Run `npm run lab:up` with a lab.yaml one of whose nodes has `role: server`.",
    example: "machines.json: has no server, expected one. [LAB-K3S-001]",
  },
  "LAB-K3S-003": {
    cause: "K3s on the server has not written the agents' token: it did not come up, or its disk is full.",
    remedy:
      "Look at the log of K3s on the server: `npm run lab:exec -- multi journalctl -u k3s`. Then run `npm run lab:up` again.",
    example:
      "multi: has no /var/lib/rancher/k3s/server/agent-token, expected K3s to have written the agents' token there. [LAB-K3S-003]",
  },
  "LAB-K3S-004": {
    cause: "The server runs, but its API did not answer when an agent was about to join.",
    remedy: "Run `npm run lab:up` again; if it keeps happening, look at the log of K3s on the server.",
    example: "agent1: cannot join, because the server's API does not answer. [LAB-K3S-004]",
  },
  "LAB-K3S-005": {
    cause:
      "The service of K3s ends or does not start on a node. The message holds the last lines that it logged, which tell why.",
    remedy:
      "Fix what the lines name, such as a full disk, a missing cgroup controller or a wrong token, then run `npm run lab:up` again.",
    example:
      'agent1: K3s does not start. It logged last:\nlevel=fatal msg="failed to find memory cgroup (v2)". See all of it: npm run lab:exec -- agent1 journalctl -u k3s-agent [LAB-K3S-005]',
  },
  "LAB-K3S-006": {
    cause:
      "K3s runs on the server, and the API does not answer this host: it is still starting, or a firewall or a VPN's route is in the way.",
    remedy: "Look at the log of K3s, and run `npm run doctor`, which finds routes that hide the lab's network.",
    example:
      "multi: runs K3s, but its API does not answer. See why: npm run lab:exec -- multi journalctl -u k3s [LAB-K3S-006]",
  },
  "LAB-K3S-007": {
    cause: "A node did not report that it is Ready in time, or reports a reason such as pressure on its disk.",
    remedy:
      "Look at the node's log, and restart K3s there, both as the message shows. On a slow machine run `npm run lab:up` again: it continues waiting.",
    example:
      "agent2: is not Ready after 120 s: container runtime network not ready. See why: npm run lab:exec -- agent2 journalctl -u k3s-agent; restarting K3s often helps: npm run lab:exec -- agent2 systemctl restart k3s-agent [LAB-K3S-007]",
  },
  "LAB-K3S-008": {
    cause: "The pods of CoreDNS do not start: their image cannot be pulled, or an admission webhook refuses them.",
    remedy: "See why: `npm run kubectl -- -n kube-system describe pods -l k8s-app=kube-dns`.",
    example:
      "CoreDNS: is not Ready after 120 s: its pod waits for its image. See why: npm run kubectl -- -n kube-system describe pods -l k8s-app=kube-dns [LAB-K3S-008]",
  },
  "LAB-K3S-009": {
    cause:
      "CoreDNS is Ready, but a lookup from a node does not reach it or gets no answer: kube-proxy or the pods' network does not work there.",
    remedy:
      "Look at the logs of CoreDNS, and at kube-proxy's lines in the log of K3s on each node; run `npm run doctor`.",
    example:
      "CoreDNS: is Ready, but gives agent1 no answer, expected kubernetes.default.svc.cluster.local to be found. See why: npm run kubectl -- -n kube-system logs -l k8s-app=kube-dns, and kube-proxy's lines in the log of K3s on each node. [LAB-K3S-009]",
  },
  "LAB-K3S-019": {
    cause:
      "Of several servers half or more have lost their disks. Their store, etcd, takes a change when more than half of its members have it, so that the API does not answer any more; pods go on.",
    remedy:
      "Let one remaining server continue alone: `npm run lab:up -- --reset-quorum`. It asks first, because the last changes may be on the lost servers only. The others then join it as new ones.",
    example:
      "server2, server3: have lost their disks, and 1 of 3 servers cannot go on alone: etcd needs more than half of them. Go on with what server1 has: `npm run lab:up -- --reset-quorum`. [LAB-K3S-019]",
  },
  "LAB-K3S-020": {
    cause:
      "The Node object of a machine that was made again stays: K3s has not taken the server before it out of its store, etcd.",
    remedy: "Look at the log of K3s on the servers that run, then run `npm run lab:up` again.",
    example: "server2: was deleted, but its node is still there after 60 s [LAB-K3S-020]",
  },
  "LAB-K3S-010": {
    cause:
      "A node is drained before it is taken away or changed: its pods are evicted, as `kubectl drain` does. A pod's PodDisruptionBudget forbids that as long as too few others are ready, a pod takes longer than that to end, or another product's webhook refuses it.",
    remedy:
      "Let its workload have another ready pod elsewhere, change the budget, or delete the pod by hand; then run `npm run lab:up` again, which goes on. The node takes no further pods until then; with a lab.yaml that has it as before, `npm run lab:up` lets it take pods again.",
    example:
      "agent2: is not drained after 180 s: 1 pod is still there: shop/web-0: Cannot evict pod as it would violate the pod's disruption budget. See the budgets: npm run kubectl -- get poddisruptionbudgets --all-namespaces; then run `npm run lab:up` again. [LAB-K3S-010]",
  },
  "LAB-K3S-011": {
    cause:
      "`cluster.k3s` or a node's `k3s` has a flag that this K3s does not take: its name is misspelt, it is of another version, or it is of a part that the build from Go modules does not have. K3s itself would not start. Nothing was touched.",
    remedy:
      "Write its long name, as `k3s server --help` shows it, or leave it out; the message says what is close. Flags of a whole K3s need `cluster.source: release` or `directory`.",
    example:
      "lab.yaml: nodes.1.k3s.kubelet-args: is no flag of `k3s agent` in K3s v1.34.4+modules (modules) (did you mean kubelet-arg?). Correct it. [LAB-K3S-011]",
  },
  "LAB-K3S-015": {
    cause:
      "lab.yaml asks for another K3s than the nodes run, and Kubernetes does not support that way: what a newer version has stored an older one may not read, and every minor version prepares the data for the next one. Each node is asked, because a roll-out may have stopped half-way. Nothing was touched.",
    remedy:
      "Ask for the version that the nodes have, or a later one; from minor version to minor version, with an `npm run lab:up` for each. Only a lab that is rebuilt can be older: `npm run lab:down`, then `npm run lab:up`.",
    example:
      "multi: skips a minor version from v1.34.4+k3s1 to v1.36.0+k3s1, which Kubernetes does not support. Ask for a release of the next minor version by cluster.version, run `npm run lab:up`, and go on from there. [LAB-K3S-015]",
  },
  "LAB-K3S-016": {
    cause:
      "A node got another K3s and does not run it: K3s does not start, its kubelet reports another version than was installed, or the node is not Ready in time. The roll-out has stopped at this node; those before it are upgraded, those after it were not touched. The node takes no pods meanwhile, unless it is the server.",
    remedy:
      "Look at what K3s logged, which the message shows, and fix the node; then run `npm run lab:up` again, which continues with this node, and lets it take pods again.",
    example:
      "agent1: does not run v1.34.5+k3s1, and the roll-out has stopped here: K3s does not start. It logged last: no space left on device. Fix it, and run `npm run lab:up` again, which continues with it. [LAB-K3S-016]",
  },
  "LAB-K3S-017": {
    cause:
      "A node was upgraded, and a workload that had pods on it has fewer ready pods than before. The next node is not drained as long as that is so: the workload might have no ready pod at all then.",
    remedy:
      "See what the pods wait for, as the message shows. `npm run lab:up` continues with the next node, whatever has happened to them.",
    example:
      "agent1: was upgraded, and 1 pod of shop/web-7d4b9 is not ready again after 120 s. See why: npm run kubectl -- get pods --all-namespaces; then `npm run lab:up` goes on. [LAB-K3S-017]",
  },
};
