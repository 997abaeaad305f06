// As many moments as npm test has time for; up-killed.long.ts has more.
import { killUps } from "./kill-ups.js";

killUps(10);
