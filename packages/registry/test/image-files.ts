import { createHash } from "node:crypto";
import { writeTar } from "@k3s-lab/images";

/** What `docker save` writes: an image of one small file for each list of names. */
export function dockerArchive(images: readonly (readonly string[])[]): Buffer {
  const parts = images.map((RepoTags, index) => {
    const layer = writeTar([{ name: "hello", content: Buffer.from(`hello ${index}\n`) }]);
    const config = json({
      architecture: "amd64",
      os: "linux",
      config: {},
      rootfs: { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] },
    });
    return { RepoTags, layer, config, names: { config: `${sha256(config)}.json`, layer: `${sha256(layer)}.tar` } };
  });
  const manifest = parts.map(({ RepoTags, names }) => ({ Config: names.config, RepoTags, Layers: [names.layer] }));
  return writeTar([
    ...parts.flatMap(({ names, layer, config }) => [
      { name: names.config, content: config },
      { name: names.layer, content: layer },
    ]),
    { name: "manifest.json", content: json(manifest) },
  ]);
}

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));
const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");
