import { resolve } from "node:path";
import { parseReference } from "@k3s-lab/images";
import { Problem } from "@k3s-lab/problem";

/** What a person wrote as IMAGE. */
export type ImageSource =
  | { readonly kind: "docker" | "docker-daemon"; readonly reference: string }
  | { readonly kind: "docker-archive" | "oci-archive" | "oci"; readonly path: string; readonly image?: string }
  /** A path alone: what lies there decides. */
  | { readonly kind: "path"; readonly path: string; readonly written: string };

const expected =
  "expected a docker-archive or oci-archive file, oci:FOLDER, docker-archive:FILE, oci-archive:FILE, " +
  "docker://REFERENCE or docker-daemon:REFERENCE";

/** Reads IMAGE; paths are taken from where the person stands. Touches nothing. */
export function parseImage(written: string, standing: string): ImageSource {
  const [, kind, rest = ""] = /^(docker-daemon|docker-archive|oci-archive|oci|docker):(.*)$/s.exec(written) ?? [];
  if (kind === "docker" && rest.startsWith("//")) return { kind, reference: reference(written, rest.slice(2)) };
  if (kind === "docker-daemon") return { kind, reference: reference(written, rest) };
  if (kind === "docker-archive" || kind === "oci-archive" || kind === "oci") {
    const [, path = "", image] = /^([^:]*)(?::(.+))?$/s.exec(rest) ?? [];
    if (path === "") throw wrong(written, `names no ${kind === "oci" ? "folder" : "file"}, ${expected}`);
    return { kind, path: resolve(standing, path), ...(image === undefined ? {} : { image }) };
  }
  if (written.trim() === "") throw wrong("IMAGE", `is missing, ${expected}`);
  return { kind: "path", path: resolve(standing, written), written };
}

/** The Problem of a path where nothing lies: most often a reference, or a file elsewhere. */
export function nothingAt({ written, path }: ImageSource & { kind: "path" }): Problem {
  const looksLikeFile = /^[./~]|\.(tar|tgz|gz|tar\.\w+)$/.test(written);
  const parsed = parseReference(written);
  if (looksLikeFile || parsed === undefined) {
    const what = parsed === undefined && !looksLikeFile ? `is neither a file nor an image reference` : `is not there`;
    return wrong(looksLikeFile ? path : written, `${what}, ${expected}`);
  }
  return wrong(written, `there is no such file (${path}), ${expected}`, {
    remedy: `Write docker://${written} to take it from its registry, or docker-daemon:${written} to take it from Docker.`,
  });
}

function reference(written: string, text: string): string {
  const parsed = parseReference(text);
  if (parsed === undefined) {
    throw wrong(written, `the image reference ${JSON.stringify(text)} does not parse, expected REGISTRY/NAME:TAG`);
  }
  return parsed.tag === undefined && parsed.digest === undefined ? `${text}:latest` : text;
}

export function wrong(subject: string, what: string, options: { remedy?: string; cause?: unknown } = {}): Problem {
  return new Problem("LAB-REG-003", subject, what, { ...options });
}
