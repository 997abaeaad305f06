#!/bin/sh
# Makes an image of server.mjs and this host's own Node, with neither Docker nor a network: an OCI layout in FOLDER, called
# hello:1. Needs Linux: the image holds the Node that runs here.
#   sh make-image.sh FOLDER
set -eu

if [ $# -ne 1 ]; then
  echo "usage: make-image.sh FOLDER" >&2
  exit 2
fi
if [ "$(uname -s)" != Linux ]; then
  echo "make-image.sh: expected Linux, seen $(uname -s). Build the image with Docker: docker build -t hello:1 examples/hello" >&2
  exit 3
fi
out=$1
source=$(dirname "$0")
node=$(node -p process.execPath)
architecture=$(node -p 'process.arch === "x64" ? "amd64" : process.arch')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The root file system: the server, Node, and the libraries that Node is linked with.
root=$work/root
mkdir "$root"
cp "$source/server.mjs" "$root/server.mjs"
cp -L "$node" "$root/node"
libraries=$(ldd "$node" 2>/dev/null | grep -o '/[^ :]*' | sort -u || true)
path=
for library in $libraries; do
  folder=$(dirname "$library")
  mkdir -p "$root$folder"
  cp -L "$library" "$root$folder/"
  case :$path: in
    *":$folder:"*) ;;
    *) path=${path:+$path:}$folder ;;
  esac
done
chmod -R a+rX "$root"
tar -C "$root" -cf "$work/layer" .

mkdir -p "$out/blobs/sha256"

digest_of() {
  sha256sum "$1" | cut -d ' ' -f 1
}

# Puts a file into the layout, and prints the descriptor by which another one refers to it.
add_blob() {
  digest=$(digest_of "$2")
  size=$(($(wc -c <"$2")))
  cp "$2" "$out/blobs/sha256/$digest"
  printf '{"mediaType":"%s","digest":"sha256:%s","size":%s' "$1" "$digest" "$size"
}

oci=application/vnd.oci.image
cat >"$work/config" <<END
{"architecture":"$architecture","os":"linux",
 "config":{"User":"65534","Cmd":["/node","/server.mjs"],"Env":["LD_LIBRARY_PATH=$path"]},
 "rootfs":{"type":"layers","diff_ids":["sha256:$(digest_of "$work/layer")"]}}
END
cat >"$work/manifest" <<END
{"schemaVersion":2,"mediaType":"$oci.manifest.v1+json",
 "config":$(add_blob "$oci.config.v1+json" "$work/config")},
 "layers":[$(add_blob "$oci.layer.v1.tar" "$work/layer")}]}
END
cat >"$out/index.json" <<END
{"schemaVersion":2,"manifests":[$(add_blob "$oci.manifest.v1+json" "$work/manifest"),
 "annotations":{"org.opencontainers.image.ref.name":"hello:1"}}]}
END
echo '{"imageLayoutVersion":"1.0.0"}' >"$out/oci-layout"
