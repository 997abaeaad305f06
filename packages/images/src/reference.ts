/** An image reference in its parts: "ghcr.io/acme/web:1.2@sha256:..." */
export interface Reference {
  /** The registry; undefined where Docker's own is meant. */
  readonly domain?: string | undefined;
  readonly path: string;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const whole = new RegExp(
  `^(?<name>.+?)(?::(?<tag>\\w[\\w.-]{0,127}))?(?:@(?<digest>[A-Za-z][A-Za-z0-9]*:[0-9a-fA-F]{32,}))?$`,
);
const path = new RegExp(`^${component}(?:/${component})*$`);
const label = "[A-Za-z0-9](?:[-A-Za-z0-9]*[A-Za-z0-9])?";
/** An IPv6 address is in brackets, and without a zone. */
const domain = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[0-9a-fA-F:]+\\])(?::\\d+)?$`);

/** Parses by the grammar of https://github.com/distribution/reference; undefined where a text does not follow it. */
export function parseReference(text: string): Reference | undefined {
  const match = whole.exec(text)?.groups;
  if (!match?.name) return undefined;
  const slash = match.name.indexOf("/");
  const first = match.name.slice(0, Math.max(slash, 0));
  // What is before the first slash is a registry only if it could not be a folder.
  const isDomain = /[.:]|[A-Z]/.test(first) || first === "localhost";
  const rest = isDomain ? match.name.slice(slash + 1) : match.name;
  if (!path.test(rest) || (isDomain && !domain.test(first))) return undefined;
  return { domain: isDomain ? first : undefined, path: rest, tag: match.tag, digest: match.digest };
}

/** Completes "registry:3" to "docker.io/library/registry:3", as containerd has it. A text that is not a reference stays as it is. */
export function fullName(image: string): string {
  const parsed = parseReference(image);
  if (parsed === undefined) return image;
  const {
    domain: registry = "docker.io",
    path: own,
    digest,
    tag = digest === undefined ? "latest" : undefined,
  } = parsed;
  const folder = registry === "docker.io" && !own.includes("/") ? "library/" : "";
  return formatReference({ domain: registry, path: `${folder}${own}`, tag, digest });
}

/** Drops the tag of a reference that has a digest, too: the digest is more exact, and skopeo refuses both together. */
export function withoutSecondName(image: string): string {
  const parsed = parseReference(image);
  return parsed?.digest === undefined ? image : formatReference({ ...parsed, tag: undefined });
}

/** Renders the text of a reference: the opposite of parseReference. */
export function formatReference({ domain: registry, path: own, tag, digest }: Reference): string {
  return [registry && `${registry}/`, own, tag && `:${tag}`, digest && `@${digest}`].filter(Boolean).join("");
}
