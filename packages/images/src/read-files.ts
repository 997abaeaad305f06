import { readTar } from "./read-tar.js";
import { fileSource } from "./tar-source.js";

/** Reads the content of the wanted plain files of a plain archive, by their names in it. */
export async function readFilesOf(
  archive: string,
  wanted: (name: string) => boolean,
): Promise<ReadonlyMap<string, Buffer>> {
  await using source = await fileSource(archive);
  return await readTar(source, wanted);
}
