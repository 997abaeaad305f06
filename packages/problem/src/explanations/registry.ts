import type { ExplanationsOf } from "./explanation.js";

export const registry: ExplanationsOf<"REG"> = {
  "LAB-REG-001": {
    cause:
      "An image was pushed, and the registry does not have it as it was sent. Its disk may be full, or another program answers at its address.",
    remedy:
      "Look at its log: `npm run kubectl -- -n kube-system logs -l app=kube-registry`. Then run `npm run lab:up` again.",
    example: "http://10.76.0.2:5000: answers 500 to PUT /v2/k3s-lab/check/manifests/1, expected 201. [LAB-REG-001]",
  },
  "LAB-REG-002": {
    cause:
      "The registry works, and one of the nodes cannot pull from it: a firewall is in the way, or a proxy of the node takes the request.",
    remedy: "Look into /var/lib/rancher/k3s/agent/containerd/containerd.log on that node, and run `npm run doctor`.",
    example:
      "agent1: could not pull multi:5000/k3s-lab/check:1 from http://10.76.0.2:5000: crictl: ended with exit code 1. Look into /var/lib/rancher/k3s/agent/containerd/containerd.log there. [LAB-REG-002]",
  },
  "LAB-REG-003": {
    cause:
      "The image was found neither in Docker, Podman or containerd nor as a file, is in two of them, is for another processor, or its new name does not parse.",
    remedy:
      "Build it first, name the place (`docker-daemon:NAME:TAG`), or take it from its registry (`docker://NAME:TAG`).",
    example:
      "web:1: is not in Docker, nor in Podman of root. Build it first, or write docker://web:1 to take it from its registry. [LAB-REG-003]",
  },
  "LAB-REG-004": {
    cause:
      "containerd on a node could not import the archive of the registry's image: it is damaged, or the node's disk is full.",
    remedy: "Remove the archive that the message names, then run the command again.",
    example:
      "multi: cannot import /home/user/.cache/k3s-lab/images/registry.tar. Remove /home/user/.cache/k3s-lab/images/registry.tar, then run the command again. [LAB-REG-004]",
  },
  "LAB-REG-005": {
    cause: "The cluster was not made yet, or `.lab/kubeconfig` was removed.",
    remedy: "Run `npm run lab:up`, which writes it.",
    example:
      "/home/user/.lab/kubeconfig: does not exist, so the cluster cannot be asked. Run `npm run lab:up`. [LAB-REG-005]",
  },
  "LAB-REG-006": {
    cause:
      "The API refuses an object of the registry, most often because an admission webhook of the user's forbids it.",
    remedy: "Let the webhook pass over the namespace kube-system, then run `npm run lab:up` again.",
    example:
      'Deployment kube-system/kube-registry: was refused by the cluster\'s API: admission webhook "policy.corp" denied the request. [LAB-REG-006]',
  },
  "LAB-REG-007": {
    cause: "An image is to be pushed, and nothing answers at the registry's address.",
    remedy: "Run `npm run lab:up`; `npm run lab:status` shows the state of the lab.",
    example:
      "multi:5000: no registry answers at http://10.76.0.2:5000/v2/. Run `npm run lab:up`; `npm run lab:status` shows the state of the lab. [LAB-REG-007]",
  },
  "LAB-REG-009": {
    cause:
      "The registry's pod does not start: its image cannot be pulled, its volume is not bound, or the cluster refuses the pod.",
    remedy:
      "Set `registry.image` to an image that the node can pull; for anything else see `npm run kubectl -- describe pod -n kube-system -l app=kube-registry`.",
    example:
      "multi: kube-registry: does not run: its image cannot be pulled. Set registry.image in lab.yaml to an image that the node can pull, or that K3s' image archives hold. [LAB-REG-009]",
  },
  "LAB-REG-010": {
    cause:
      "The registry's pod runs, and this host gets no answer at its port: another Service has the port, or a firewall is in the way.",
    remedy: "Set `registry.port` to a free port, or open the firewall between this host and the node.",
    example:
      "multi:5000: its pod runs, but nothing answers at http://10.76.0.2:5000/v2/ from this host. The Service has no address: is its port taken by another Service? Set registry.port in lab.yaml to a free one. [LAB-REG-010]",
  },
  "LAB-REG-011": {
    cause: "lab.yaml names another server than the machines were made with, and a stage was run alone.",
    remedy: "Run `npm run lab:up`, which runs every stage.",
    example:
      "multi: has no machine, expected the server to have one. Run `npm run lab:up`, which runs every stage. [LAB-REG-011]",
  },
  "LAB-REG-012": {
    cause:
      "What `registry.auth`, `registry.mirrors` or `registry.configs` names cannot be used: a file or a variable with a secret is missing, a key does not belong to its certificate, or this K3s cannot do it.",
    remedy:
      "Correct what the key in the message names. A relative path begins at lab.yaml's folder; a variable must be in the environment of `lab:up`, also under sudo.",
    example:
      "lab.yaml: registry.configs.registry.corp.auth.password.env: the environment has no CORP_PASSWORD. [LAB-REG-012]",
  },
  "LAB-REG-013": {
    cause:
      "A node cannot import the archive of an image that was loaded, or does not know the image afterwards: its disk is full, the image is for another platform, or its containerd does not answer.",
    remedy:
      "Look at the node's disk with `npm run lab:exec -- agent1 df -h /var/lib/rancher`, and at the platform of the image; then load it again.",
    example:
      "agent1: cannot import docker.io/library/hello:1. See whether its disk is full: npm run lab:exec -- agent1 df -h /var/lib/rancher; then load the image again. [LAB-REG-013]",
  },
  "LAB-REG-014": {
    cause:
      "`gc` has stopped the registry to collect its garbage, and the registry's program has failed, or its pod did not run. The registry was started again.",
    remedy:
      "The message has the program's last words. `npm run lab:up` repairs the registry where it does not run; then run `npm run gc` again.",
    example:
      "multi:5000: garbage could not be collected: its program has ended with exit code 1: failed to garbage collect: the disk is full. The registry is started again; `npm run lab:up` repairs it where that has failed, too. [LAB-REG-014]",
  },
  "LAB-REG-015": {
    cause:
      "`registry.auth` or `registry.tls` was set in lab.yaml, and the stage of the registry was run alone. The stage of the cluster makes the password and the certificates, because nodes get them before K3s starts.",
    remedy: "Run `npm run lab:up`, which runs every stage.",
    example:
      "multi:5000: its password or its certificates were not made yet. Run `npm run lab:up`, which runs every stage. [LAB-REG-015]",
  },
  "LAB-REG-017": {
    cause:
      "The lab has several servers, each of which runs the registry on the same images. `gc` stops all of them first, which it cannot do on a server whose machine or K3s does not run. It has changed nothing.",
    remedy: "Run `npm run lab:up`, which brings the server back; then run `npm run gc` again.",
    example:
      "server2: its machine does not run, and garbage is collected only while every server's registry can be stopped; nothing was changed. Run `npm run lab:up`, which brings it back; then run `npm run gc` again. [LAB-REG-017]",
  },
  "LAB-REG-016": {
    cause:
      "The pod with the caches that `registry.cache` asks for does not start: the folder with their images cannot be written, or their image cannot be pulled.",
    remedy:
      "See `npm run kubectl -- logs -n kube-system -l app=kube-registry-cache --all-containers`, and who owns `registry-cache` in the cache folder of the user.",
    example:
      "multi: kube-registry-cache: does not run: its container restarts. See `npm run kubectl -- logs -n kube-system -l app=kube-registry-cache --all-containers`. [LAB-REG-016]",
  },
};
