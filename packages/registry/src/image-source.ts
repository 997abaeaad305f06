import { resolve } from "node:path";
import { parseReference } from "@k3s-lab/images";
import { Problem } from "@k3s-lab/problem";

/** Where an image is, by IMAGE as the user wrote it. */
export type ImageSource =
  | { readonly transport: "docker" | "docker-daemon"; readonly reference: string }
  /** A file or folder, whose content tells what it is; `image` names one of several in it. */
  | { readonly path: string; readonly image?: string | undefined };

export const expected =
  "expected a docker-archive or oci-archive file, oci:FOLDER, docker-archive:FILE, oci-archive:FILE, " +
  "docker://REFERENCE or docker-daemon:REFERENCE";

/** Reads IMAGE; relative paths begin at `cwd`. Touches nothing. */
export function parseImage(written: string, cwd: string): ImageSource {
  const [, transport, rest = ""] = /^(docker-daemon|docker-archive|oci-archive|oci|docker):(.*)$/s.exec(written) ?? [];
  if (transport === "docker" && rest.startsWith("//")) {
    return { transport, reference: reference(written, rest.slice(2)) };
  }
  if (transport === "docker-daemon") return { transport, reference: reference(written, rest) };
  if (transport !== undefined && transport !== "docker") {
    const [, path = "", image] = /^([^:]*)(?::(.+))?$/s.exec(rest) ?? [];
    if (path === "") throw wrongImage(written, `names no ${transport === "oci" ? "folder" : "file"}, ${expected}`);
    return { path: resolve(cwd, path), image };
  }
  if (written.trim() === "") throw wrongImage("IMAGE", `is missing, ${expected}`);
  return { path: resolve(cwd, written) };
}

function reference(written: string, text: string): string {
  const parsed = parseReference(text);
  if (parsed === undefined) {
    throw wrongImage(written, `the image reference ${JSON.stringify(text)} does not parse, expected REGISTRY/NAME:TAG`);
  }
  return parsed.tag === undefined && parsed.digest === undefined ? `${text}:latest` : text;
}

/** Returns the Problem of an IMAGE, or a --name for it, that cannot be pushed as it is written. */
export function wrongImage(subject: string, what: string, remedy?: string): Problem {
  return new Problem("LAB-REG-003", subject, what, { remedy });
}
