import { tryDocker } from "./try-docker.js";

tryDocker("a lab in Debian's Docker", async () => undefined);
