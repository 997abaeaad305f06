/** The names of variables that name a proxy, which Docker's client gives to each container where its config.json has them. */
const proxies = ["http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"].flatMap((name) => [
  name,
  name.toUpperCase(),
]);

/**
 * Arguments of `docker create` against what a person has set for all containers, in daemon.json or config.json: the first process
 * of a node must be its service manager, pods may ask for programs that become root, and a lab has proxies of its own, which
 * `docker inspect` does not show. They are none of what a container is made with: earlier ones lack them, and need not be
 * made again.
 */
export const ownDefaults: readonly string[] = [
  "--init=false",
  "--security-opt",
  "no-new-privileges=false",
  // By its name alone, a variable that docker itself does not have is taken away.
  ...proxies.flatMap((name) => ["--env", name]),
];

/** For the environment of that command. */
export const withoutProxies: Readonly<Record<string, undefined>> = Object.fromEntries(
  proxies.map((name) => [name, undefined]),
);
