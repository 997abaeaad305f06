/** Whether tests may make links, machines and firewalls here. */
export const isRoot = process.platform === "linux" && process.getuid?.() === 0;

interface Suite<Body> {
  (name: string, body: Body): void;
  skip(name?: string, body?: Body): void;
}

/** Registers tests that need root on Linux; elsewhere they are skipped, and the reason is printed, as the runner wants. */
export function rootOnly<Body>(suite: string, test: Suite<Body>): (name: string, body: Body) => void {
  if (isRoot) return test;
  console.log(`${suite}: skipped, needs root on Linux`);
  return test.skip;
}
