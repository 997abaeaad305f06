/** Everything before the host: a name and a password, or a token. A scheme may be missing, as proxies are written. */
const credentials = /^([a-z][a-z0-9+.-]*:\/\/)?(.*)@/i;

/** Returns a URL as it may be shown, without the name and the password that it may hold. */
export function withoutPassword(url: string): string {
  return url.replace(credentials, "$1[redacted]@");
}

/** Returns what must never be shown of URLs: their credentials, whole, and the password alone. */
export function secretsInUrls(urls: readonly (string | undefined)[]): readonly string[] {
  return urls.flatMap((url) => {
    const [, , found = ""] = credentials.exec(url ?? "") ?? [];
    return [found, found.slice(found.indexOf(":") + 1)].filter((secret) => secret !== "");
  });
}
