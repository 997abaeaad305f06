import { killUps } from "./kill-ups.js";

killUps(50);
