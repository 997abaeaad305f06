package registries

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func parse(t *testing.T, content string) (*File, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "registries.yaml")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return Read(file)
}

func hosts(t *testing.T, content string, noDefault bool) map[string]string {
	t.Helper()
	f, err := parse(t, content)
	if err != nil {
		t.Fatal(err)
	}
	h, err := f.Hosts(noDefault)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestMirror(t *testing.T) {
	got := hosts(t, "mirrors:\n  \"multi:5000\":\n    endpoint:\n      - \"http://192.168.1.110:5000\"\n", false)
	want := header + `server = "https://multi:5000/v2"
capabilities = ["pull", "resolve", "push"]

[host."http://192.168.1.110:5000/v2"]
  capabilities = ["pull", "resolve"]
`
	if got["multi:5000"] != want || len(got) != 1 {
		t.Errorf("%q", got)
	}
}

func TestNoDefaultEndpoint(t *testing.T) {
	got := hosts(t, "mirrors: {docker.io: {endpoint: [\"https://m/proxy/v2\"]}}\n", true)["docker.io"]
	for _, want := range []string{`server = "https://registry-1.docker.io/v2"`, `capabilities = ["push"]`, `[host."https://m/proxy/v2"]`, "override_path = true"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

func TestWildcardHasNoServer(t *testing.T) {
	got := hosts(t, "mirrors: {\"*\": {endpoint: [\"https://m\"]}}\n", false)["_default"]
	if strings.Contains(got, "server =") || !strings.Contains(got, `[host."https://m/v2"]`) {
		t.Error(got)
	}
}

func TestTLSOfMirrorAndServer(t *testing.T) {
	got := hosts(t, `
mirrors: {r.local: {endpoint: ["https://m:5000"]}}
configs:
  m:5000: {tls: {ca_file: /ca.pem, cert_file: /c.pem, key_file: /k.pem}}
  r.local: {tls: {insecure_skip_verify: true}}
`, false)
	for _, want := range []string{"]\nskip_verify = true\n", "  ca = [\"/ca.pem\"]\n  client = [[\"/c.pem\", \"/k.pem\"]]\n"} {
		if !strings.Contains(got["r.local"], want) {
			t.Errorf("no %q in\n%s", want, got["r.local"])
		}
	}
	if !strings.Contains(got["m:5000"], `server = "https://m:5000/v2"`) {
		t.Error(got)
	}
}

func TestLocalPortIsHTTP(t *testing.T) {
	for in, want := range map[string]string{"localhost:5000": "http://localhost:5000/v2", "127.0.0.1:80": "http://127.0.0.1:80/v2", "localhost": "https://localhost/v2", "r:5000": "https://r:5000/v2"} {
		if got, err := endpoint(in); err != nil || got.url != want {
			t.Errorf("%s: %s, %v", in, got.url, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	for content, want := range map[string]string{
		"mirrors: {a: {endpoints: [x]}}\n":           "endpoints",
		"mirrors: {a: {rewrite: {\"^x\": y}}}\n":     "mirrors.a.rewrite is not supported",
		"auths: {a: {username: u}}\n":                "auths is not supported",
		"mirrors: [a]\n":                             "registries.yaml",
		"mirrors: {a: {endpoint: [ftp://x]}}\n":      "neither http nor https",
		"mirrors: {../x: {endpoint: [https://x]}}\n": "is no registry name",
	} {
		f, err := parse(t, content)
		if err == nil {
			_, err = f.Hosts(false)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", content, err, want)
		}
	}
}

func TestNoFileNoMirrors(t *testing.T) {
	f, err := Read(filepath.Join(t.TempDir(), "none"))
	if err != nil || len(f.Mirrors) != 0 {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestWriteReplacesOnlyItsOwn(t *testing.T) {
	dir := t.TempDir()
	os.MkdirAll(filepath.Join(dir, "byhand"), 0o755)
	os.WriteFile(filepath.Join(dir, "byhand", "hosts.toml"), []byte("server = \"x\"\n"), 0o600)
	for _, h := range []map[string]string{{"a": header, "b": header}, {"b": header}} {
		if err := Write(dir, h); err != nil {
			t.Fatal(err)
		}
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(left) != 2 || filepath.Base(left[0]) != "b" || filepath.Base(left[1]) != "byhand" {
		t.Error(left)
	}
}
