import { join } from "node:path";
import { rootfsDir } from "../places.js";
import { recipeKey } from "./recipe.js";

/** Where the root file system of today's recipe lies, or will lie. */
export function rootfsPath(dir = rootfsDir): string {
  return join(dir, recipeKey());
}
