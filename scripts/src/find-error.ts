import { type ErrorId, errors } from "@k3s-lab/problem";
import { closest, distance } from "fastest-levenshtein";

const ids = Object.keys(errors) as readonly ErrorId[];

/** What a person may have meant by the id of an error. */
export type Found = { readonly id: ErrorId } | { readonly nearest: ErrorId | undefined };

/** How many letters of an id may be wrong for it to be meant. */
const mayBeWrong = 4;

/** Finds an error by its id, in whatever case, with or without "LAB-", zeros and dashes; or the id that is nearest to it. */
export function findError(written: string): Found {
  const [, area = "", number = ""] =
    /^\[?(?:LAB)?[-_ ]?([A-Z][A-Z0-9]{2})[-_ ]?(\d{1,3})\]?$/i.exec(written.trim()) ?? [];
  const meant = `LAB-${area.toUpperCase()}-${number.padStart(3, "0")}`;
  const id = ids.find((each) => each === meant);
  if (id !== undefined) return { id };
  const looked = area === "" ? written.toUpperCase() : meant;
  const nearest = closest(looked, ids) as ErrorId;
  return { nearest: distance(looked, nearest) <= mayBeWrong ? nearest : undefined };
}
