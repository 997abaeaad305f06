import type { ExplanationsOf } from "./explanation.js";

export const images: ExplanationsOf<"IMG"> = {
  "LAB-IMG-001": {
    cause:
      "The file is no image archive (of `docker save`, `podman save` or OCI), is cut off, or the folder is no image folder.",
    remedy: "Save the image again: `docker save NAME:TAG -o FILE.tar`, and push that file.",
    example: "web.tar: cannot be read as an archive: it ends in the middle of a member. [LAB-IMG-001]",
  },
  "LAB-IMG-002": {
    cause: "skopeo copies the image and has failed; the message ends with its complaint.",
    remedy: "Check that the registry answers (`npm run lab:status`) and that the image can be read, then push again.",
    example:
      "web:1: could not be pushed: reading manifest latest in docker.io/library/web: unauthorized. [LAB-IMG-002]",
  },
  "LAB-IMG-003": {
    cause:
      "The file that `docker login` or `podman login` writes is damaged or unreadable, or the credential helper that it names failed.",
    remedy: "Run `docker login REGISTRY` or `podman login REGISTRY` again as the same user.",
    example: "/home/user/.docker/config.json: is not JSON. [LAB-IMG-003]",
  },
  "LAB-IMG-004": {
    cause:
      "Docker, Podman or containerd of this host was asked for an image, and does not answer or refuses this user.",
    remedy: "Start it, or become a user who may use it; or push a file that `docker save` has written.",
    example:
      "Docker: does not answer at unix:///var/run/docker.sock. Look at `docker info`, or push a file that `docker save` has written. [LAB-IMG-004]",
  },
};
