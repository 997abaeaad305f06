import { Problem } from "@k3s-lab/problem";

/** Returns the Problem that an act ends in, and fails where it ends in nothing. */
export async function refusal(act: () => unknown): Promise<Problem> {
  try {
    await act();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("it was not refused");
}
