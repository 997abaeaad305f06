import { type Lab, openLab } from "@k3s-lab/lab";

/** Whether lab.yaml asks for what a lab goes by, which was recorded. */
export async function compareLabFile({ file, config }: Lab): Promise<"same" | "other" | "unreadable"> {
  try {
    const asked = await openLab(file);
    return JSON.stringify(asked.config) === JSON.stringify(config) ? "same" : "other";
  } catch {
    return "unreadable";
  }
}
