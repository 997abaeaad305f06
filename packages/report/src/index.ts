export { Redactor } from "./redact/redactor.js";
