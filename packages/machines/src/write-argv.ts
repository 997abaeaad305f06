/**
 * In the machine: standard input becomes a file, all at once or not at all. For the tools of busybox, too, whose mv
 * cannot be told that its target is no folder.
 */
export function writeArgv(file: string, mode: number): readonly string[] {
  const script = `set -e
[ ! -d "$1" ] || { echo "$1: is a folder" >&2; exit 1; }
mkdir -p -- "$(dirname -- "$1")"
new=$(mktemp -- "$1.XXXXXX")
trap 'rm -f -- "$new"' EXIT
cat > "$new"
chmod -- "$2" "$new"
mv -f -- "$new" "$1"`;
  return ["sh", "-c", script, "sh", file, mode.toString(8)];
}
