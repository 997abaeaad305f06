import type { ExplanationsOf } from "./explanation.js";

export const configuration: ExplanationsOf<"CFG"> = {
  "LAB-CFG-001": {
    cause: "`--config` or `K3S_LAB_CONFIG` names a folder, or there is a folder called `lab.yaml`.",
    remedy: "Name the file in it: `--config FOLDER/lab.yaml`.",
    example:
      "/home/user/labs/two: is a folder, expected a file such as lab.yaml. Name the file: /home/user/labs/two/lab.yaml. [LAB-CFG-001]",
  },
  "LAB-CFG-002": {
    cause: "A lab.yaml may be missing, since every key has a default; but one that was named must exist.",
    remedy:
      "Correct the path. A relative one begins at the folder that the command is called in. An empty file is a lab with every default. A lab whose folder was deleted is removed by its id: `npm run labs -- --remove ID`.",
    example:
      "/home/user/two.yaml: does not exist, though --config names it. Name a file that exists; an empty one is a lab with every default. `npm run labs` lists the labs of this host, also those whose folder is gone. [LAB-CFG-002]",
  },
  "LAB-CFG-003": {
    cause: "The file exists, and this user may not read it; or it is a symbolic link whose target is gone.",
    remedy: "Make it readable (`chmod u+r lab.yaml`), or point the link at a file that exists.",
    example: "/home/user/lab.yaml: cannot be read (EACCES). [LAB-CFG-003]",
  },
  "LAB-CFG-006": {
    cause:
      "A key of lab.yaml is unknown, has a value that it cannot have, or contradicts another one; or the file is not valid YAML. All faults are listed at once, each with its line and column.",
    remedy:
      "Correct what the lines name. `lab.example.yaml` shows every key with its default, and the JSON Schema completes and checks keys in an editor.",
    example:
      "/home/user/lab.yaml:3:9: registry.port: must be from 1 to 65535, seen 70000. See lab.example.yaml for every key. [LAB-CFG-006]",
  },
  "LAB-CFG-007": {
    cause: "lab.yaml asks for machines that exist on another kind of host only, such as Linux containers on macOS.",
    remedy: "Write `machines.provider: docker` or `vagrant`; or `auto`, which picks one that this host can run.",
    example:
      "/Users/user/lab.yaml: machines.provider: lxc needs Linux, and this host is darwin. Write provider: docker, for containers of Docker; or provider: vagrant, for virtual machines. [LAB-CFG-007]",
  },
  "LAB-CFG-008": {
    cause:
      "A stage was run alone, or a command needs what an earlier stage records in `.lab/`, and that file is missing or was truncated.",
    remedy: "Run `npm run lab:up`, which runs every stage, and makes a lost record again from what exists.",
    example: "/home/user/.lab/machines.json: is missing. Run `npm run lab:up`, which runs every stage. [LAB-CFG-008]",
  },
  "LAB-CFG-009": {
    cause: "A file in `.lab/` was edited by hand, or written by a build of k3s-lab between two versions.",
    remedy:
      "Use the k3s-lab that wrote it; or remove the lab and make it again: `npm run lab:down`, then `npm run lab:up`. `lab:down` needs no records.",
    example:
      "/home/user/.lab/machines.json: driver: expected string, seen nothing. Use the k3s-lab that wrote it; or run `npm run lab:down`, then `npm run lab:up`. [LAB-CFG-009]",
  },
  "LAB-CFG-010": {
    cause: "The lab was made by a newer k3s-lab, or by one so old that its records cannot be migrated.",
    remedy:
      "Use the k3s-lab that made the lab; or remove it and make it again: `npm run lab:down`, then `npm run lab:up`.",
    example:
      "/home/user/.lab/cluster.json: has schema 99, expected 4. Use the k3s-lab that wrote it; or run `npm run lab:down`, then `npm run lab:up`. [LAB-CFG-010]",
  },
  "LAB-CFG-011": {
    cause: "An editor or a shell has saved lab.yaml as UTF-16, as Windows PowerShell does, or in a one-byte encoding.",
    remedy: "Save it as UTF-8; in PowerShell with `Out-File -Encoding utf8`.",
    example:
      "C:\\labs\\lab.yaml: is UTF-16, expected UTF-8. Save it as UTF-8; in PowerShell with `Out-File -Encoding utf8`. [LAB-CFG-011]",
  },
  "LAB-CFG-012": {
    cause: "Both names are valid, so it is unclear which of the two files is meant.",
    remedy: "Remove one of them, or name the one to use: `--config lab.yml`.",
    example:
      "/home/user: has both lab.yaml and lab.yml, expected one of them. Remove one of them, or name the one to use with --config. [LAB-CFG-012]",
  },
  "LAB-CFG-013": {
    cause:
      "`--config` names a pipe or a device, such as `<(...)` of bash. The lab's own files are kept beside lab.yaml, and neither has a folder of its own.",
    remedy: "Write the configuration to a file, and name that.",
    example:
      "/dev/fd/63: is not an ordinary file, expected one such as lab.yaml. Write it to a file: the lab's own files are kept beside it. [LAB-CFG-013]",
  },
  "LAB-CFG-014": {
    cause:
      "There is no lab.yaml, and a file whose name differs by its case or an added `.txt`. It would be ignored, and a lab with nothing but defaults would be made.",
    remedy: "Rename it to `lab.yaml`, or name it with `--config`.",
    example:
      "/home/user/Lab.yaml: would not be read, expected the name lab.yaml. Rename it, or name it with --config. [LAB-CFG-014]",
  },
  "LAB-CFG-015": {
    cause:
      "A file that `host.certificates` names is missing, or holds no certificate of an authority: a key, or a server's own certificate.",
    remedy:
      "Name files with certificates of authorities, in PEM or DER. `openssl x509 -in FILE -noout -ext basicConstraints` shows whether one is.",
    example:
      "/etc/ssl/corp.pem: holds no certificate that is to be trusted. Name files with certificates of authorities, PEM or DER, in host.certificates.0 of /home/user/lab.yaml. [LAB-CFG-015]",
  },
  "LAB-CFG-016": {
    cause:
      "The folder was copied or moved with its `.lab` in it. A lab is known by the path of its folder: its machines, disks and networks have names that are made of it. By the records in the copy, commands would work on the nodes of the first lab; and in a folder that was moved, `lab:up` would make new machines, without the data of the ones before.",
    remedy:
      "A copy: remove its `.lab`, and `npm run lab:up` makes a lab of its own. A folder that was moved: move it back, or remove the lab by its id, `npm run labs -- --remove ID`, and then `.lab`. To take a lab with its data elsewhere, use a snapshot.",
    example:
      "/home/user/two/.lab: was made for the lab in /home/user/one, expected one for /home/user/two; that lab is there still. Work on it there; or remove /home/user/two/.lab, so that this folder gets a lab of its own: `npm run lab:up`. [LAB-CFG-016]",
  },
};
