/** Returns what `act` returns; undefined where the system refuses it with one of these codes: "ENOENT". */
export function tolerate<Value>(codes: readonly string[], act: () => Value): Value | undefined {
  try {
    return act();
  } catch (error) {
    if (codes.includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
