import { suite } from "./recipe.js";

const publicMirrors = new Set(["deb.debian.org", "security.debian.org"]);

/**
 * A host that takes Debian from a mirror of its own (a closed network) builds from that mirror too. Reads both formats
 * of apt's sources; gives lines for a Debian of our suite, or none where the public mirrors do.
 */
export function debianSources(texts: readonly string[]): readonly string[] {
  const uris = [...new Set(texts.flatMap(urisOf))].map((uri) => uri.replace(/\/+$/, ""));
  const archive = uris.find((uri) => uri.endsWith("/debian"));
  const security = uris.find((uri) => uri.endsWith("/debian-security"));
  if (archive === undefined || publicMirrors.has(hostOf(archive))) return [];
  return [
    `deb ${archive} ${suite} main`,
    `deb ${archive} ${suite}-updates main`,
    ...(security === undefined ? [] : [`deb ${security} ${suite}-security main`]),
  ];
}

function urisOf(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => {
    const words = line.replace(/\[[^\]]*\]/, "").split(/\s+/);
    if (words[0] === "URIs:") return words.slice(1).filter((word) => word !== "");
    return words[0] === "deb" && words[1] !== undefined ? [words[1]] : [];
  });
}

function hostOf(uri: string): string {
  return URL.canParse(uri) ? new URL(uri).host : "";
}
