import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostStores } from "@k3s-lab/host";
import {
  certificateFilesRecord,
  nodesCertificateFiles,
  trustedByNodes,
  useHostSettings,
} from "../src/host-settings.js";
import { openLab } from "../src/lab.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("lab host settings");
const dir = mkdtempSync(join(tmpdir(), "k3s-lab-certificates-"));
const proxies = ["http_proxy", "https_proxy", "no_proxy"].flatMap((name) => [name, name.toUpperCase()]);
const ofCertificates = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];
const variables = [...ofCertificates, "K3S_LAB_CERTIFICATE_FILES", ...proxies];
const before = variables.map((name) => [name, process.env[name]] as const);
test.after(() => {
  rmSync(dir, { recursive: true });
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

/** The invented authority of the host's tests. */
const pem = readFileSync(new URL("../../host/test/fixtures/authority.pem", import.meta.url), "utf8");

async function labWith(host: string) {
  const file = join(dir, "lab.yaml");
  writeFileSync(file, `host: { ${host} }\n`);
  return openLab(file);
}

test("a file beside lab.yaml is trusted by nodes, and by the programs of this run besides the system's", async () => {
  writeFileSync(join(dir, "corp.pem"), pem);
  const lab = await labWith("certificates: [corp.pem]");
  assert.is(trustedByNodes(lab).authorities.at(-1)?.name, "Invented Root");
  const usual = hostStores();
  for (const _ of ["a command", "a stage of it"]) {
    await useHostSettings(lab);
    assert.is(process.env.SSL_CERT_FILE, lab.state.path("certificates"));
    const bundle = readFileSync(process.env.SSL_CERT_FILE ?? "", "utf8");
    assert.ok(bundle.endsWith(`\n${pem}`) && usual.every((store) => bundle.includes(store.trimEnd())));
  }
});

test("a file in the caller's home is named with ~/, which no shell replaces in lab.yaml", async () => {
  const { HOME: home } = process.env;
  process.env.HOME = join(dir, "home");
  try {
    mkdirSync(join(dir, "home/ca"), { recursive: true });
    writeFileSync(join(dir, "home/ca/corp.pem"), pem);
    assert.is(trustedByNodes(await labWith("certificates: [~/ca/corp.pem]")).authorities.at(-1)?.name, "Invented Root");
    const gone = await labWith("certificates: [~/gone.pem]");
    assert.throws(
      () => trustedByNodes(gone),
      ({ message }: Error) => message.startsWith(`${dir}/home/gone.pem: does not exist`),
    );
  } finally {
    process.env.HOME = home;
  }
});

test("an expired certificate in a bundle is named, and the others are trusted", async () => {
  const expired = readFileSync(new URL("../../host/test/fixtures/expired.pem", import.meta.url), "utf8");
  writeFileSync(join(dir, "bundle.pem"), expired + pem);
  const { authorities, unfit } = trustedByNodes(await labWith("certificates: [bundle.pem]"));
  assert.is(authorities.at(-1)?.name, "Invented Root");
  const what = "holds 2 certificates, number 1 of which expired on 2021-01-01 (Invented Old Root)";
  assert.equal(unfit.at(-1), { file: join(dir, "bundle.pem"), what, isExpired: true });
  writeFileSync(join(dir, "old.pem"), expired);
  const old = await labWith("certificates: [old.pem]");
  assert.throws(() => trustedByNodes(old), /old\.pem: expired on 2021-01-01 \(Invented Old Root\)/);
});

test("a file without certificates is refused by its name and its place in lab.yaml", async () => {
  writeFileSync(join(dir, "corp.key"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  const refused = await useHostSettings(await labWith("certificates: [corp.pem, corp.key]")).catch(
    (error: unknown) => error,
  );
  assert.match(String(refused), `${join(dir, "corp.key")}: holds a private key`);
  assert.match(String(refused), "host.certificates.1");
});

test("what a shell's variable names is trusted by nodes from then on, in every shell, while the file is there", async () => {
  const lab = await labWith("proxy: none");
  const file = join(dir, "shell.pem");
  writeFileSync(file, pem);
  const shell = { REQUESTS_CA_BUNDLE: file };
  const trusts = (env: NodeJS.ProcessEnv) =>
    trustedByNodes(lab, env).authorities.some((authority) => authority.file === file);
  assert.ok(trusts(shell));
  assert.not(trusts({}));
  lab.state.write(certificateFilesRecord, { files: nodesCertificateFiles(lab, shell) });
  assert.ok(trusts({}));
  assert.equal(nodesCertificateFiles(lab, shell), [file]);
  // The system's own store is no addition of a shell's.
  for (const system of ["/etc/ssl/certs/ca-certificates.crt", "/nowhere.pem"]) {
    assert.equal(nodesCertificateFiles(lab, { SSL_CERT_FILE: system }), [file]);
  }
  rmSync(file);
  assert.equal(nodesCertificateFiles(lab, {}), []);
  assert.not(trusts(shell));
});

test("the stages of a run know what the shell named, although the bundle takes its place", async () => {
  for (const name of ["K3S_LAB_CERTIFICATE_FILES", ...ofCertificates]) delete process.env[name];
  const expired = new URL("../../host/test/fixtures/expired.pem", import.meta.url);
  writeFileSync(join(dir, "shell.pem"), readFileSync(expired, "utf8") + pem);
  process.env.SSL_CERT_FILE = join(dir, "shell.pem");
  const lab = await labWith("certificates: [corp.pem]");
  for (const _ of ["a command", "a stage of it"]) {
    await useHostSettings(lab);
    assert.equal(nodesCertificateFiles(lab), [join(dir, "shell.pem")]);
    assert.is(process.env.SSL_CERT_FILE, lab.state.path("certificates"));
  }
});

test("the programs of this run go by the proxies of lab.yaml; where it names none, by their own", async () => {
  process.env.HTTPS_PROXY = "http://shell:1";
  const seen = () => proxies.map((name) => process.env[name]);
  const usual = seen();
  await useHostSettings(await labWith("proxy: none"));
  await useHostSettings(await labWith("proxy: auto"));
  assert.equal(seen(), usual);
  await useHostSettings(await labWith("proxy: { http: 'http://p:1', noProxy: [.corp, near] }"));
  const [http, other, noProxy] = ["http://p:1", undefined, ".corp,near"];
  assert.equal(seen(), [http, http, other, other, noProxy, noProxy]);
});

test.run();
