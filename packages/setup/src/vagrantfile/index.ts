export { readVagrantfile, type VagrantLab, type VagrantMachine } from "./read-vagrantfile.js";
export { type NoteOnLines, takeOver, type TakenOver } from "./take-over.js";
