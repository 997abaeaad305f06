export { dockerAnswers } from "./answers.js";
export { imagePrograms, runAsRoot } from "./as-root.js";
export { expectDocker } from "./daemon.js";
export { execInside } from "./exec.js";
export { type PushMessage, pushImage } from "./push-image.js";
export { docker, inspect, type Labelled, labelled, ownChoices, program } from "./docker.js";
