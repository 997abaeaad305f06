import type { ExplanationsOf } from "./explanation.js";

export const docker: ExplanationsOf<"DKR"> = {
  "LAB-DKR-001": {
    cause: "The machines are to be containers of Docker, and there is no `docker` on PATH.",
    remedy:
      "Install Docker Engine (on Debian: `sudo apt-get install docker.io`); or use `machines.provider: lxc`, as root, or `vagrant`.",
    example:
      "host: lacks docker (runs the machines). Install Docker Engine, see https://docs.docker.com/engine/install/; on Debian: sudo apt-get install docker.io. [LAB-DKR-001]",
  },
  "LAB-DKR-002": {
    cause:
      "A context or `DOCKER_HOST` leads to another machine's Docker. The ports that it publishes on 127.0.0.1 are that machine's, and so is the network that k3s-lab would guard.",
    remedy:
      "Run `docker context use default`, and unset DOCKER_HOST and DOCKER_CONTEXT; or run k3s-lab on that machine.",
    example:
      "host: Docker's daemon is reached by ssh://build.corp, expected a socket of this machine. 127.0.0.1 is another machine there, and so is the network that is guarded. Run `docker context use default`, or unset DOCKER_HOST and DOCKER_CONTEXT. [LAB-DKR-002]",
  },
  "LAB-DKR-003": {
    cause: "The socket of Docker's daemon is open to root and the group `docker`, and this user is neither.",
    remedy: 'Run `sudo usermod -aG docker "$USER"` and log in again. Whoever may use the socket can become root.',
    example:
      'host: this user may not use Docker\'s socket at unix:///var/run/docker.sock. Run: sudo usermod -aG docker "$USER", then log in again. [LAB-DKR-003]',
  },
  "LAB-DKR-004": {
    cause: "Docker is installed, but its daemon is not running, or listens on another socket.",
    remedy:
      "Start it: `sudo systemctl start docker`, or Docker Desktop, Colima or whatever provides it here. `docker context ls` shows which socket is asked.",
    example:
      "host: no Docker daemon answers at unix:///var/run/docker.sock. Start it: sudo systemctl start docker; or start Docker Desktop, Colima or whatever provides it here. [LAB-DKR-004]",
  },
  "LAB-DKR-005": {
    cause:
      "The daemon is rootless, maps users, is too old, or runs on a kernel that k3s-lab cannot guard. Nodes in it would have no LAN or no firewall.",
    remedy:
      "Use a Docker Engine that runs as root, on its usual socket; or `machines.provider: lxc`, as root. docs/docker.md lists what was tried.",
    example:
      "host: the Docker at unix:///run/user/1000/docker.sock is rootless, where K3s cannot load its rules and nodes have no LAN. Use a Docker Engine that runs as root, on its usual socket; or machines.provider: lxc, as root. [LAB-DKR-005]",
  },
  "LAB-DKR-006": {
    cause:
      "Docker refused to make or start the nodes' image, network or a container. The message ends with what Docker said.",
    remedy:
      "Fix what Docker names. For the image: check that Docker can pull it and that its containers reach Debian's mirrors, or name a local image of Debian 12 with `machines.docker.image`. Then run `npm run lab:up` again.",
    example:
      "agent1: did not start: error while creating mount source path '/srv/data': mkdir /srv: read-only file system. `npm run lab:up` tries again; `docker events` and the daemon's log tell more. [LAB-DKR-006]",
  },
  "LAB-DKR-007": {
    cause:
      "A port of this host that the lab publishes, for the API, the registry or a Service, is used by another program.",
    remedy:
      "End that program (`ss -ltnp` names it); or write another port: `machines.docker.apiPort`, `registryPort` or `ports`, which makes the machine's container again.",
    example:
      "multi: the port 127.0.0.1:8080 of this host is taken by another program, expected it to be free. End that program; or name another port in lab.yaml (machines.docker.apiPort, registryPort or ports), which makes the machine's container again. [LAB-DKR-007]",
  },
  "LAB-DKR-008": {
    cause:
      "A user without root rights is making a lab, so what needs root is run through Docker, and Docker could not start that container.",
    remedy: "Read what Docker printed above the message; or run the command with sudo.",
    example:
      "host: Docker could not run the command as root on this host, for the reason above. Run it as root: with sudo. [LAB-DKR-008]",
  },
  "LAB-DKR-009": {
    cause:
      "`docker context use` or DOCKER_CONTEXT names a context whose files are gone, as after Docker Desktop or Colima was removed. No command of Docker's works then.",
    remedy: "Run `docker context use default`, or unset DOCKER_CONTEXT. `docker context ls` shows which there are.",
    example:
      "/home/ann/.docker/config.json: names the context desktop-linux, expected its endpoint in /home/ann/.docker/contexts/meta/fe9c6bd7a66301f49ca9b6a70b217107cd1284598bfc254700c989b916da791e/meta.json. Run `docker context use default`, or another one that `docker context ls` shows. [LAB-DKR-009]",
  },
  "LAB-DKR-010": {
    cause:
      "A container that is not the lab's was given a volume of one of its nodes. Docker removes no volume that a container has.",
    remedy: "Remove that container, then run the command again.",
    example:
      "Docker's volume k3s-lab-7f3a21-multi-rancher: is used by the container look, which is not the lab's. Remove that container (`docker rm --force look`), then run the command again. [LAB-DKR-010]",
  },
};
