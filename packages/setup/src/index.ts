export { agentNames, type Answers, answersOf, namedNodes, withoutAddresses } from "./answers.js";
export {
  checkAgentCount,
  checkAgentNames,
  checkCpus,
  checkMemory,
  checkName,
  checkServerName,
  checkVersion,
  splitNames,
} from "./check-answer.js";
export {
  type Choice,
  driverChoices,
  driverNames,
  driverObstacles,
  driverOf,
  interfaceChoices,
  interfaceOffers,
  modeChoices,
  usualAnswers,
  withDriver,
  withMode,
  works,
} from "./choices.js";
export { diffLines } from "./diff-lines.js";
export { editLabFile } from "./edit-lab-file.js";
export { type Comments, explain } from "./explain.js";
export { seeHostForSetup, type SetupFacts } from "./facts.js";
export { renderLabFile } from "./render-lab-file.js";
