import { suite } from "uvu";
import * as assert from "uvu/assert";
import { areas, explanations } from "../src/explanations/index.js";
import { errors } from "../src/index.js";

const test = suite("problem explanations");
const rows = Object.entries(explanations);

test("every error of the table is explained, and nothing else", () => {
  assert.equal(Object.keys(explanations).toSorted(), Object.keys(errors).toSorted());
});

test("cause and remedy are sentences", () => {
  for (const [id, { cause, remedy }] of rows) {
    for (const text of [cause, remedy]) {
      assert.match(text, /^["`(A-Z0-9a-z].{15,}[.]$/s, `${id}: ${text}`);
      assert.not.match(text, /\n| {2}|\t/, id);
      assert.is((text.match(/`/g) ?? []).length % 2, 0, `${id}: a quotation is not closed`);
    }
  }
});

test("an example is a whole message: its subject, what is wrong, and its own id", () => {
  for (const [id, { example }] of rows) {
    assert.match(example, /^[^:\s][^\n]*?: \S/, id);
    assert.ok(example.endsWith(` [${id}]`), id);
    assert.is(example.match(/\[LAB-/g)?.length, 1, id);
  }
});

test("each area has a title", () => {
  assert.equal(
    [...new Set(Object.keys(errors).map((id) => id.split("-")[1]))].toSorted(),
    Object.keys(areas).toSorted(),
  );
});

test.run();
