import { ensureCurrentDocker } from "@k3s-lab/testbed";
import { tryDocker } from "./try-docker.js";

tryDocker("a lab in a current Docker", ensureCurrentDocker);
