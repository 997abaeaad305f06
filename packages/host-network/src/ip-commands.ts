import { run } from "@k3s-lab/exec";
import type { HostView } from "./host-view.js";

/** Lines for `ip -batch`, in one process; what was seen before is out of date then. */
export async function ipCommands(lines: readonly string[], view: Pick<HostView, "forget">): Promise<void> {
  try {
    await run("ip", ["-4", "-batch", "-"], { input: `${lines.join("\n")}\n` });
  } finally {
    view.forget();
  }
}
