package certcommand

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"k3s-lab/k3s/internal/layout"
	"k3s-lab/k3s/internal/pki"
)

// written makes the files of a server, of which the admin's certificate ends after left.
func written(t *testing.T, left time.Duration) layout.Data {
	t.Helper()
	data := layout.Data(t.TempDir())
	ca, err := pki.OpenAuthority(data.TLS("client-ca"), "k3s-client-ca")
	if err != nil {
		t.Fatal(err)
	}
	admin := pki.Client("system:admin", "system:masters")
	admin.NotAfter, admin.KeyUsage = time.Now().Add(left), x509.KeyUsageDigitalSignature
	for base, template := range map[string]*x509.Certificate{
		data.TLS("client-admin"):           admin,
		data.TLS("serving-kube-apiserver"): pki.Serving("kube-apiserver", nil, nil),
		data.Agent("client-kubelet"):       pki.Client("system:node:n"),
	} {
		if err := ca.EnsureFile(base, template); err != nil {
			t.Fatal(err)
		}
	}
	return data
}

// run returns what the command prints and what it logs.
func run(t *testing.T, data layout.Data, args ...string) (string, string, error) {
	t.Helper()
	var out, log bytes.Buffer
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	c := New(func(string) string { return "" })
	c.SetOut(&out)
	c.SetArgs(append(args, "--data-dir", string(data)))
	err := c.Execute()
	return out.String(), log.String(), err
}

func TestCheckTable(t *testing.T) {
	out, log, err := run(t, written(t, 365*24*time.Hour+time.Minute), "check", "--output", "table")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log, "Server detected, checking agent and server certificates") {
		t.Error(log)
	}
	for _, want := range []string{
		`(?m)^\nFILENAME +SUBJECT +USAGES +EXPIRES +RESIDUAL TIME +STATUS$`,
		`(?m)^-------- +------- +------ +------- +------------- +------$`,
		`(?m)^client-admin.crt +system:admin +ClientAuth +\w{3} \d\d, \d{4} \d\d:\d\d UTC +1 year +OK$`,
		`(?m)^serving-kube-apiserver.crt +kube-apiserver +ServerAuth .* OK$`,
		`(?m)^client-kubelet.crt +system:node:n +ClientAuth .* OK$`,
	} {
		if len(regexp.MustCompile(want).FindAllString(out, -1)) != 1 {
			t.Errorf("not once: %s in\n%s", want, out)
		}
	}
}

func TestCheckTells(t *testing.T) {
	for left, want := range map[time.Duration]string{
		time.Hour:             `level=WARN msg="client-admin.crt: certificate system:admin (ClientAuth) will expire within 120 days at 20`,
		-time.Hour:            `level=ERROR msg="client-admin.crt: certificate system:admin (ClientAuth) expired at 20`,
		200 * 24 * time.Hour:  `level=INFO msg="client-admin.crt: certificate system:admin (ClientAuth) is ok, expires at 20`,
		-120 * time.Minute:    "expired",
		119 * 24 * time.Hour:  "will expire",
		1000 * 24 * time.Hour: "is ok",
	} {
		if _, log, err := run(t, written(t, left), "check", "--service", "admin"); err != nil || !strings.Contains(log, want) || strings.Count(log, "\n") != 1 {
			t.Errorf("%v: %v, %s", left, err, log)
		}
	}
}

func TestCheckJSONAndYAML(t *testing.T) {
	data := written(t, time.Hour)
	out, _, err := run(t, data, "check", "-o", "json", "-s", "admin,kubelet")
	var got report
	if err != nil || json.Unmarshal([]byte(out), &got) != nil || len(got.Certificates) != 2 {
		t.Fatalf("%v: %s", err, out)
	}
	if c := got.Certificates[0]; c.Filename != "client-admin.crt" || c.Issuer != "k3s-client-ca" || c.Status != "WARNING" ||
		c.ResidualTime > time.Hour || c.ResidualTime < 59*time.Minute {
		t.Errorf("%+v", c)
	}
	if out, _, err := run(t, data, "check", "-o", "yaml", "-s", "admin"); err != nil || !strings.Contains(out, "- filename: client-admin.crt\n") || !strings.Contains(out, "status: WARNING") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestRotate(t *testing.T) {
	data := written(t, time.Hour)
	content := func(file string) string {
		b, _ := os.ReadFile(file)
		return string(b)
	}
	before := map[string]string{}
	for _, file := range files(data, known()) {
		before[file] = content(file)
	}
	if err := pki.WriteFile(data.TLS("of-others/a.key"), []byte("a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, log, err := run(t, data, "rotate", "--service=admin", "--service=kubelet")
	if err != nil || strings.Contains(log, "bootstrap token") || !strings.Contains(log, "please restart k3s server or agent to rotate certificates") {
		t.Fatalf("%v: %s", err, log)
	}
	backups, _ := filepath.Glob(filepath.Join(data.Server(), "tls-*"))
	if len(backups) != 1 {
		t.Fatal(backups)
	}
	if info, err := os.Stat(backups[0]); err != nil || info.Mode().Perm() != 0o700 {
		t.Error(info, err)
	}
	keys, _ := filepath.Glob(filepath.Join(backups[0], "*.key"))
	for _, key := range append(keys, filepath.Join(backups[0], "of-others", "a.key")) {
		if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", key, info, err)
		}
	}
	for _, file := range files(data, []string{"admin", "kubelet"}) {
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%s is still there", file)
		}
		if got := content(filepath.Join(backups[0], filepath.Base(file))); got != before[file] {
			t.Errorf("%s is not in the backup", file)
		}
	}
	for _, file := range append(files(data, []string{"k3s-server"}), data.TLS("client-ca.key")) {
		if _, err := os.Stat(file); err != nil {
			t.Errorf("another file is gone: %v", err)
		}
	}
}

func TestRotateOnAnAgent(t *testing.T) {
	data := written(t, time.Hour)
	if err := os.RemoveAll(data.Server()); err != nil {
		t.Fatal(err)
	}
	if _, log, err := run(t, data, "rotate", "-s", "kube-proxy"); err != nil || strings.Contains(log, "bootstrap token") {
		t.Errorf("%v: %s", err, log)
	}
	_, log, err := run(t, data, "rotate")
	if err != nil || !strings.Contains(log, "Agent detected, rotating agent certificates") || !strings.Contains(log, "a bootstrap token that has ended") {
		t.Errorf("%v: %s", err, log)
	}
	if backups, _ := filepath.Glob(data.Agent("tls-*/client-kubelet.key")); len(backups) != 1 {
		t.Error(backups)
	}
	if _, err := os.Stat(data.Agent("client-kubelet.key")); err == nil {
		t.Error("the key is still there")
	}
}

func TestRefusals(t *testing.T) {
	data := written(t, time.Hour)
	for want, args := range map[string][]string{
		"cloud controller manager is not":    {"check", "-s", "cloud-controller"},
		"service nonsense is not recognized": {"rotate", "-s", "nonsense"},
		"invalid output format wide":         {"check", "-o", "wide"},
		"this binary does not have":          {"rotate-ca", "--path=/x"},
		`unknown command "nonsense"`:         {"nonsense"},
	} {
		if _, _, err := run(t, data, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
}
