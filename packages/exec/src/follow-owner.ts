import { isRunning } from "./process-stat.js";

const lookEvery = 250;

/**
 * Interrupts this stage when its command (process K3S_LAB_OWNER) is gone: a command that is killed cannot interrupt the
 * stages that it has started, and the next command would meet them at work.
 */
export function followOwner(env: NodeJS.ProcessEnv = process.env): void {
  const owner = Number(env.K3S_LAB_OWNER);
  if (!Number.isInteger(owner) || owner <= 0) return;
  const timer = setInterval(() => {
    if (isRunning(owner)) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, lookEvery);
  timer.unref();
}
