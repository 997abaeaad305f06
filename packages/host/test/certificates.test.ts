import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import {
  addedAuthorities,
  certificateFiles,
  hostStores,
  ownAuthorities,
  readAuthorities,
  trustedCertificates,
} from "../src/certificates.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host certificates");
const dir = mkdtempSync(join(tmpdir(), "k3s-lab-certificates-"));
test.after(() => rmSync(dir, { recursive: true }));

/** An invented authority, valid from 2026-11-28 to 2126. */
const pem = readFileSync(new URL("fixtures/authority.pem", import.meta.url), "utf8");
const now = Date.parse("2027-01-01");

function write(name: string, content: string | Uint8Array): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

function fault(path: string, at = now): string {
  const { authorities, unfit } = readAuthorities(path, at);
  assert.equal(authorities, []);
  assert.is(unfit.length, 1);
  assert.is(unfit[0]?.file, path);
  return unfit[0]?.what ?? "";
}

test("PEM with text around it, several in a file, and DER are read", () => {
  const read = (name: string, content: string | Uint8Array, count = 1) => {
    const file = write(name, content);
    const authorities = Array.from({ length: count }, () => ({ file, name: "Invented Root", pem }));
    assert.equal(readAuthorities(file, now), { authorities, unfit: [] });
  };
  read("two.pem", `# Corp\r\n${pem.replaceAll("\n", "\r\n")}more\n${pem}`, 2);
  const base64 = pem.replaceAll(/-----.*-----|\n/g, "");
  read("ca.der", Buffer.from(base64, "base64"));
  // OpenSSL's own form, with nothing added to the certificate.
  read("trusted.pem", pem.replaceAll("CERTIFICATE", "TRUSTED CERTIFICATE"));
});

test("a file that holds anything else is refused, with the reason", () => {
  assert.is(fault(join(dir, "none.pem")), "does not exist");
  assert.is(fault(dir), "is a folder, expected a file");
  assert.is(fault(write("empty.pem", "")), "holds no certificate that can be read");
  assert.is(fault(write("bad.pem", pem.replace(/MII/, "AII"))), "holds no certificate that can be read");
  assert.is(fault(write("cut.pem", pem.slice(0, 200))), "is cut off in a certificate");
  const key = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n";
  assert.is(fault(write("key.pem", pem + key)), "holds a private key, expected certificates only");
  assert.match(fault(write("ca.pem", pem), Date.parse("2200-01-01")), /^expired on 2126-\d\d-\d\d \(Invented Root\)$/);
  assert.is(fault(join(dir, "ca.pem"), 0), "is not valid before 2026-11-28 (Invented Root)");
});

test("one certificate that is wrong does not take the others of its bundle with it, and is named", () => {
  const old = readFileSync(new URL("fixtures/expired.pem", import.meta.url), "utf8");
  const bad = pem.replace(/MII/, "AII");
  const file = write("bundle.pem", `${old}${pem}${bad}${pem.slice(0, 200)}`);
  const { authorities, unfit } = readAuthorities(file, now);
  assert.equal(authorities, [{ file, name: "Invented Root", pem }]);
  assert.equal(
    unfit.map(({ what }) => what),
    [
      "holds 3 certificates, number 1 of which expired on 2021-01-01 (Invented Old Root)",
      "holds 3 certificates, number 3 of which cannot be read",
      "is cut off in a certificate",
    ],
  );
});

test("of a file of p11-kit's, what it trusts is read, and not what it distrusts", () => {
  // Invented, after p11-kit 0.25's documentation of what `trust anchor` writes.
  const object = (trust: string) =>
    `[p11-kit-object-v1]\nclass: certificate\ncertificate-type: x-509\n${trust}\nprivate: false\n${pem}`;
  const head = "# This file has been auto-generated and written by p11-kit.\n\n";
  const file = write(
    "corp.p11-kit",
    head + object("x-distrusted: true") + object("trusted: true\nx-distrusted: false"),
  );
  assert.equal(readAuthorities(file, now), { authorities: [{ file, name: "Invented Root", pem }], unfit: [] });
  const none = write("none.p11-kit", head + object("trusted: false\nx-distrusted: true"));
  assert.equal(readAuthorities(none, now), { authorities: [], unfit: [] });
});

test("what an administrator has added is read as the system reads it", () => {
  const folder = join(dir, "anchors");
  mkdirSync(join(folder, "corp"), { recursive: true });
  mkdirSync(join(folder, "blocklist"));
  writeFileSync(join(folder, "blocklist/bad.p11-kit"), "not read");
  writeFileSync(join(folder, "corp/root.crt"), pem);
  writeFileSync(join(folder, "notes.txt"), "not read");
  writeFileSync(join(folder, "old.crt"), "no certificate");
  copyFileSync(write("linked.pem", pem), join(dir, "target.pem"));
  symlinkSync(join(dir, "target.pem"), join(folder, "linked.crt"));
  const { authorities, unfit } = addedAuthorities(
    [
      { folder, end: ".crt", isDeep: true },
      { folder: "/nowhere", isDeep: true },
      { folder: join(folder, "corp"), isDeep: false },
      { folder, end: ".p11-kit", isDeep: false },
    ],
    now,
  );
  assert.equal(
    authorities.map(({ file }) => file),
    [join(folder, "corp/root.crt"), join(folder, "linked.crt"), join(folder, "corp/root.crt")],
  );
  assert.equal(unfit, [{ file: join(folder, "old.crt"), what: "holds no certificate that can be read" }]);
});

test("the system's store is the first that there is, and variables name more", async () => {
  const store = write("store.pem", `# the system's\n${pem}`);
  const own = write("own.pem", pem);
  assert.equal(hostStores({}, ["/nowhere", store, own]), [`# the system's\n${pem}`]);
  assert.equal(hostStores({ SSL_CERT_FILE: own, NODE_EXTRA_CA_CERTS: own }, [store]), [`# the system's\n${pem}`, pem]);
  assert.equal(hostStores({ SSL_CERT_FILE: write("no.pem", "nothing") }, ["/nowhere"]), []);
  const trusted = await trustedCertificates({ NODE_EXTRA_CA_CERTS: own });
  assert.ok(trusted.includes(pem) && trusted.length > 100);
});

test("files that variables name count if they exist, and for nodes only by what is not in every bundle", () => {
  const file = write("corp.pem", pem);
  const env = { INIT_CWD: dir, CURL_CA_BUNDLE: "corp.pem", REQUESTS_CA_BUNDLE: file, SSL_CERT_FILE: dir };
  assert.equal(certificateFiles(env), [file]);
  assert.equal(certificateFiles({ NODE_EXTRA_CA_CERTS: "/nowhere.pem", SSL_CERT_FILE: "" }), []);
  assert.equal(hostStores(env, ["/nowhere"]), [pem]);

  const bundle = write("bundle-of-python.pem", `${rootCertificates.join("\n")}\n# Corp\n${pem}`);
  const names = (path: string, places: readonly string[]) =>
    ownAuthorities(path, places, now).authorities.map(({ name }) => name);
  assert.equal(names(bundle, ["/nowhere"]), ["Invented Root"]);
  assert.equal(names(bundle, [write("system.pem", `# the system's\n${pem.replaceAll("\n", "\r\n")}`)]), []);
  assert.equal(names(file, [file]), []);
});

test("of a bundle that a variable names, an old authority is passed over, unless the file holds nothing else", () => {
  const old = readFileSync(new URL("fixtures/expired.pem", import.meta.url), "utf8");
  const unfit = (text: string) => ownAuthorities(write("of-a-shell.pem", text), ["/nowhere"], now).unfit;
  assert.equal(unfit(old + pem), []);
  assert.equal(unfit(old + rootCertificates.join("\n")), []);
  assert.match(unfit(old)[0]?.what ?? "", /^expired on 2021-01-01/);
  assert.match(unfit(`${old}${pem}${pem.slice(0, 200)}`)[0]?.what ?? "", "is cut off");
});

test.run();
