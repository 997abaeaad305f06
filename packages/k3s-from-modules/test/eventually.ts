/** Tries until the answer is right, and throws with the last one when it never is. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T>,
  right: (answer: T) => boolean,
  seconds = 60,
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (right(answer)) return answer;
    if (performance.now() > end)
      throw new Error(`${what}: not within ${seconds} s; last seen: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
