import { parseReference } from "@k3s-lab/images";
import type { Transport } from "@k3s-lab/images/stores";
import { pathFrom } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";

/** Where an image is, by IMAGE as the user wrote it. */
export type ImageSource =
  | { readonly kind: "registry"; readonly reference: string }
  /** What keeps images on this host. */
  | { readonly kind: "store"; readonly transport: Transport; readonly name: string }
  /** A folder of containers-storage that the user names, in skopeo's notation: "[overlay@/var/lib/x+/run/x]". */
  | { readonly kind: "storage"; readonly storage: string; readonly name: string }
  /** A file or folder, whose content tells what it is; `image` names one of several in it. */
  | { readonly kind: "file"; readonly path: string; readonly image?: string | undefined }
  /** An archive on standard input. */
  | { readonly kind: "input" }
  /** A bare word: a file, or else the name of an image; undefined where it cannot be one. */
  | { readonly kind: "word"; readonly path: string; readonly name: string | undefined };

export const expected =
  "expected an image's name, an archive file, an image folder, - (standard input), docker://REFERENCE, " +
  "docker-daemon:NAME, containers-storage:NAME or containerd:NAME";

const transports = /^(docker-daemon|containers-storage|containerd|docker-archive|oci-archive|oci|dir|docker):(.*)$/s;

/** Reads IMAGE; relative paths begin at `cwd`, and "~/", which no shell replaces behind a colon, at home. Touches nothing. */
export function parseImage(written: string, cwd: string, env?: NodeJS.ProcessEnv): ImageSource {
  const [, transport, rest = ""] = transports.exec(written) ?? [];
  switch (transport) {
    case "docker":
      // "docker:27" is the name of an image.
      if (rest.startsWith("//")) return { kind: "registry", reference: reference(written, rest.slice(2)) };
      break;
    case "docker-daemon":
    case "containers-storage":
    case "containerd": {
      // What is in brackets may be the IPv6 address of the registry that the image is named after.
      const [, storage, name = ""] = /^(\[(?![0-9a-fA-F:]+\])[^\]]+\])?(.*)$/s.exec(rest) ?? [];
      if (storage !== undefined && transport === "containers-storage") {
        return { kind: "storage", storage, name: reference(written, name) };
      }
      return { kind: "store", transport, name: imageId.test(rest) ? rest : reference(written, rest) };
    }
    case "dir":
      return { kind: "file", path: pathIn(written, rest, cwd, env) };
    case "docker-archive":
    case "oci-archive":
    case "oci": {
      const [, path = "", image] = /^([^:]*)(?::(.+))?$/s.exec(rest) ?? [];
      return { kind: "file", path: pathIn(written, path, cwd, env), image };
    }
  }
  if (written === "-") return { kind: "input" };
  if (written.trim() === "") throw wrongImage("IMAGE", `is missing, ${expected}`);
  const name = looksLikePath(written) ? undefined : nameInStore(written);
  return { kind: "word", path: pathFrom(cwd, written, env), name };
}

function pathIn(written: string, path: string, cwd: string, env?: NodeJS.ProcessEnv): string {
  if (path === "") throw wrongImage(written, `names no file or folder, ${expected}`);
  return pathFrom(cwd, path, env);
}

function looksLikePath(written: string): boolean {
  return /^[./~]|\.(?:tar|tgz|txz|tzst|gz|xz|zst|tar\.\w+)$/.test(written);
}

/** The id of an image, whole or as Docker shows it. It is not a name, and has no tag. */
export const imageId = /^(?:sha256:)?[0-9a-f]{12,64}$/;

/** Returns the name by which a store may have an image; undefined for a text that cannot be one. */
function nameInStore(text: string): string | undefined {
  return imageId.test(text) ? text : completed(text);
}

function reference(written: string, text: string): string {
  const whole = completed(text);
  if (whole !== undefined) return whole;
  throw wrongImage(written, `the image reference ${JSON.stringify(text)} does not parse, expected REGISTRY/NAME:TAG`);
}

/** Adds the default tag to a reference without one; undefined for a text that is not a reference. */
function completed(text: string): string | undefined {
  const parsed = parseReference(text);
  return parsed && (parsed.tag === undefined && parsed.digest === undefined ? `${text}:latest` : text);
}

/** Returns the Problem of an IMAGE, or a --name for it, that cannot be pushed as it is written. */
export function wrongImage(subject: string, what: string, remedy?: string): Problem {
  return new Problem("LAB-REG-003", subject, what, { remedy });
}
