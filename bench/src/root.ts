import { fileURLToPath } from "node:url";

/** The repository, as the built file sees it. */
export const root = fileURLToPath(new URL("../../../", import.meta.url));
