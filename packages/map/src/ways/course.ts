import type { Stop, Verdict } from "../topology.js";

/** A way, or the rest of one: stops, and how it ends. */
export interface Course {
  readonly stops: readonly Stop[];
  readonly verdict: Verdict;
  readonly summary: string;
}

/** Makes a stop that the request passes. */
export function passed(at: string, text: string): Stop {
  return { at, text, is: "passed" };
}

/** Makes a course of its last stop. */
export function end(stop: Stop, verdict: Verdict, summary: string): Course {
  return { stops: [stop], verdict, summary };
}

/** Puts stops before a course. */
export function after(stops: readonly Stop[], course: Course): Course {
  return { ...course, stops: [...stops, ...course.stops] };
}
