import { parse } from "yaml";
import { ownConfigs, registriesYaml } from "../src/registries-yaml.js";
import { Registry } from "../src/registry.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("registry registries-yaml");
const own = new Registry({ node: "multi", address: "10.76.0.10", port: 5000 });

test("the lab's registry is reached without a certificate", () => {
  assert.is(
    registriesYaml(own, { mirrors: {}, configs: new Map() }),
    `# Written by k3s-lab; the next lab:up writes it again.
mirrors:
  "multi:5000":
    endpoint:
      - "http://10.76.0.10:5000"
`,
  );
});

test("an image that was pushed to a published port is pulled under that name, too", () => {
  const published = new Registry({ ...own, published: 41873 });
  assert.equal(parse(registriesYaml(published, { mirrors: {}, configs: new Map() })), {
    mirrors: {
      "multi:5000": { endpoint: ["http://10.76.0.10:5000"] },
      "localhost:41873": { endpoint: ["http://10.76.0.10:5000"] },
    },
  });
});

const mirrors = {
  "docker.io": {
    endpoint: ["https://mirror.example/v2/hub", "http://192.168.1.5:5001"],
    rewrite: { "^rancher/(.*)": "mine/$1", "a: #b": "c" },
  },
  "*": { endpoint: ["https://all.example"] },
  "quay.io": {},
};

test("those of lab.yaml stand behind it, as K3s reads them", () => {
  const configs = new Map([
    ["192.168.1.5:5001", { auth: { username: "yes", password: 'a "b"\\ # c: 1' }, tls: { ca_file: "/x/ca.pem" } }],
    ["*", { tls: { insecure_skip_verify: true as const } }],
  ]);
  const text = registriesYaml(own, { mirrors, configs });
  assert.equal(parse(text), {
    mirrors: { "multi:5000": { endpoint: [own.endpoint] }, ...mirrors },
    configs: Object.fromEntries(configs),
  });
  assert.match(text, `username: "yes"`, "a text is never taken for anything else");
});

test("another order in lab.yaml is no change, another order of endpoints is one", () => {
  const render = (of: typeof mirrors) => registriesYaml(own, { mirrors: of, configs: new Map() });
  const { "*": all, ...others } = mirrors;
  assert.is(render({ ...others, "*": all }), render({ "*": all, ...others }));
  const [first = "", second = ""] = mirrors["docker.io"].endpoint;
  const turned = { ...mirrors, "docker.io": { ...mirrors["docker.io"], endpoint: [second, first] } };
  assert.is.not(render(turned), render(mirrors));
});

test("credentials of Docker's registry are found by its name and by its address", () => {
  const auth = { username: "ann", password: "x" };
  for (const name of ["docker.io", "registry-1.docker.io"]) {
    const { configs } = parse(registriesYaml(own, { mirrors: {}, configs: new Map([[name, { auth }]]) }));
    assert.equal(configs, { "docker.io": { auth }, "registry-1.docker.io": { auth } });
  }
  const both = new Map([
    ["docker.io", { auth }],
    ["registry-1.docker.io", { auth: { identity_token: "t" } }],
  ]);
  assert.equal(parse(registriesYaml(own, { mirrors: {}, configs: both })).configs, Object.fromEntries(both));
});

test("nodes sign in to the lab's own registry, and trust it, by the address that they ask", () => {
  const login = { username: "lab", password: "x", hash: "y", from: "lab" as const };
  const keys = { login, authority: { certificate: "of the authority", key: "z" } };
  const secured = new Registry({ ...own, tls: true, auth: true, published: 41873 }, keys);
  const text = registriesYaml(secured, { mirrors: {}, configs: ownConfigs(secured) });
  assert.equal(parse(text), {
    mirrors: {
      "multi:5000": { endpoint: ["https://10.76.0.10:5000"] },
      "localhost:41873": { endpoint: ["https://10.76.0.10:5000"] },
    },
    configs: {
      "10.76.0.10:5000": {
        auth: { username: "lab", password: "x" },
        tls: { ca_file: "/etc/rancher/k3s/k3s-lab.d/k3s-lab-registry.ca.pem" },
      },
    },
  });
  assert.is(ownConfigs(own).size, 0);
});

test.run();
