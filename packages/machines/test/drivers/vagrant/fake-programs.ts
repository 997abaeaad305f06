import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * `vagrant`, `virsh` and `ssh` of machines that are files: whether each runs, and the port that it has since its last
 * boot. What ssh is to run, the host's own shell runs.
 */
export interface FakePrograms {
  readonly dir: string;
  /** Each command, a line. */
  said(): readonly string[];
  /** As the hypervisor has it: "running", "shutoff". */
  set(name: string, state: string): void;
  /** As by `vagrant reload`, by hand. */
  boot(name: string): void;
  /** Makes them the programs of this process until the end. */
  [Symbol.dispose](): void;
}

const vagrant = `#!/bin/sh
echo "vagrant $*" >>"$FAKE/said"
command=$1
shift
case $command in
status)
  for file in "$FAKE"/machines/*; do
    [ -e "$file" ] && echo "1700000000,\${file##*/},state,$(cat "$file")"
  done ;;
up)
  for name; do
    case $name in -*) continue ;; esac
    [ ! -e "$FAKE/broken" ] || { echo "$name: no room" >&2; exit 1; }
    mkdir -p ".vagrant/machines/$name/libvirt"
    echo id >".vagrant/machines/$name/libvirt/id"
    echo running >"$FAKE/machines/$name"
    echo 2200 >"$FAKE/ports/$name"
    echo "==> $name: Starting domain."
    echo "==> $name:  -- Memory: 4096M"
  done ;;
ssh-config)
  for name; do printf 'Host %s\\n  HostName 127.0.0.1\\n  Port %s\\n' "$name" "$(cat "$FAKE/ports/$name")"; done ;;
halt) echo shutoff >"$FAKE/machines/$1" ;;
destroy) rm -rf "$FAKE/machines/$1" ".vagrant/machines/$1" ;;
esac
`;

const virsh = `#!/bin/sh
while [ "\${1#-}" != "$1" ] || [ "$1" = qemu:///system ]; do shift; done
[ "$1" = list ] || echo "virsh $*" >>"$FAKE/said"
case $1 in
list) ls "$FAKE/machines" | sed 's/^/k3s-lab-0123ab-/' ;;
undefine) rm "$FAKE/machines/\${2#k3s-lab-0123ab-}" ;;
esac
`;

const ssh = `#!/bin/sh
config=$2
while [ "$1" != -- ]; do
  [ "$1" != -O ] || exit 0
  shift
done
name=$2
remote=$3
port=$(sed -n "/^Host $name\\$/,\\$s/.*Port //p" "$config" | head -n 1)
if [ "$(cat "$FAKE/machines/$name" 2>/dev/null)" != running ] || [ "$port" != "$(cat "$FAKE/ports/$name")" ]; then
  echo "ssh: connect to host 127.0.0.1 port $port: Connection refused" >&2
  exit 255
fi
echo "ssh $name $remote" >>"$FAKE/said"
exec sh -c "$remote"
`;

const sudo = `#!/bin/sh
shift 2
exec "$@"
`;

export function fakePrograms(): FakePrograms {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-fake-"));
  for (const folder of ["bin", "machines", "ports"]) mkdirSync(join(dir, folder));
  for (const [name, content] of Object.entries({ vagrant, virsh, ssh, sudo })) {
    writeFileSync(join(dir, "bin", name), content);
    chmodSync(join(dir, "bin", name), 0o755);
  }
  writeFileSync(join(dir, "said"), "");
  const { PATH, FAKE, XDG_RUNTIME_DIR } = process.env;
  // ssh's sockets lie there, too.
  Object.assign(process.env, { PATH: `${join(dir, "bin")}:${PATH}`, FAKE: dir, XDG_RUNTIME_DIR: join(dir, "run") });
  return {
    dir,
    said: () => readFileSync(join(dir, "said"), "utf8").split("\n").slice(0, -1),
    set: (name, state) => writeFileSync(join(dir, "machines", name), `${state}\n`),
    boot: (name) => writeFileSync(join(dir, "ports", name), "2201\n"),
    [Symbol.dispose]() {
      for (const [name, value] of Object.entries({ PATH, FAKE, XDG_RUNTIME_DIR })) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
