export { forgetStateStep } from "./forget-state.js";
export { forgetLabStep, noteLabStep } from "./note-lab.js";
export { isWhole } from "./decide.js";
export { describeLab } from "./describe.js";
export { countOf, type Plan, planLab, type StagePlan } from "./plan.js";
export { clearMarks, prepareMarks } from "./relay.js";
export { removeLab } from "./remove.js";
export { repairsOf } from "./repair.js";
export { agreedVariable, runStage, type Task } from "./run.js";
export { type StageTime, startLab } from "./start.js";
export { stopLab } from "./stop.js";
export {
  type Contributed,
  type ContributedFile,
  type ContributedImage,
  type ContributedObject,
  type Decision,
  type Remains,
  type Running,
  type Stage,
  stage,
  type Values,
  type Wanted,
} from "./stage.js";
