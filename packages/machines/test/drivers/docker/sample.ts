/** What a lab has of Docker's. */
export const hardware = {
  image: "k3s-lab/node:1",
  apiPort: 40001,
  registryPort: 40002,
  registryNodePort: 5000,
  ports: ["127.0.0.1:8080:80"],
  cache: "/home/ann/.cache/k3s-lab",
};

/** The same, of a lab with several servers. */
export function severalOf<Hardware extends object>(of: Hardware): Hardware & { readonly relay: string } {
  return { ...of, relay: "10.76.0.15" };
}

/** The values that a flag is given among arguments. */
export function valuesOf(flag: string, words: readonly string[]): readonly (string | undefined)[] {
  return words.flatMap((word, index) => (word === flag ? [words[index + 1]] : []));
}
