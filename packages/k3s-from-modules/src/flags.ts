import { readFileSync } from "node:fs";

const source = new URL("../go/k3s/internal/config/keys.go", import.meta.url);

/**
 * Reads which flags the build takes, by their long names, where its parser has them: a second list would have to be kept. They
 * are those of `k3s server`, or of `k3s agent`.
 */
export function flagsOfBuild(command: "server" | "agent", text = readFileSync(source, "utf8")): ReadonlySet<string> {
  const role = command === "server" ? "onServer" : "onAgent";
  const lines = [...text.matchAll(/^\t\{name: "([^"]+)",.*\brole: (\w+)/gm)];
  return new Set(lines.flatMap(([, name = "", of]) => (of === role || of === "onBoth" ? [name] : [])));
}
